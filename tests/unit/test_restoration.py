"""What putting a kept body back makes of aws-auth, and how it is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from registrar.commands.history import as_dict, table
from registrar.commands.kept_bodies import Body, KeptBody, View, body_of
from registrar.commands.restoration import restoration
from registrar.commands.shown import diff, visible
from registrar.errors import AwsAuthUnreadable
from registrar.kubectl import Kubectl, KubectlFailed
from registrar.marks import Marks
from registrar.sinks.entry_record import EntryThen, entries_text, fingerprint_of_entries
from registrar.sinks.kept import Kept

MARKS = Marks("eks-registrar")

GOLDEN = Path(__file__).parents[1] / "golden" / "history"
OURS = "eks-registrar"
NODE = "- rolearn: arn:aws:iam::123456789012:role/node\n  username: n\n  groups: [system:nodes]\n"
NEW_NODE = NODE.replace("role/node", "role/new-node")
ITSELF = '- {rolearn: "arn:aws:iam::123456789012:role/x", username: u, groups: [eks-registrar-controller]}\n'
BROKEN = "- rolearn: [\n"


def line(name: str, group: str = "eks-registrar:view") -> str:
    """A row of ours."""
    role = f"123456789012:role/{name}"
    username = f"eks-registrar:{role}:{{{{SessionName}}}}"
    return f'- {{"rolearn": "arn:aws:iam::{role}", "username": "{username}", "groups": ["{group}"]}}\n'


def body(map_roles: str | None, **others: str) -> Body:
    """The ``data`` of an aws-auth."""
    data = others if map_roles is None else {"mapRoles": map_roles, **others}
    return body_of({"data": data}, MARKS)


def kept(number: int, map_roles: str | None, **others: str) -> KeptBody:
    """A body of the history."""
    of = body(map_roles, **others)
    note = Kept(number, f"2026-11-24T03:0{number}:00Z", "prod", f"adds r{number}", of.foreign(MARKS) or "", str(number))
    return KeptBody(note, f"history-{number % 10}", of)


def restored(now: Body | None, then: KeptBody) -> Mapping[str, str]:
    """The ``data`` of aws-auth afterwards."""
    return restoration(now, then, MARKS).data


def notes(now: Body | None, then: KeptBody) -> str:
    """What a person is told before."""
    return "\n".join(restoration(now, then, MARKS).notes)


def test_the_bytes_of_others_come_back_and_our_rows_stay_as_they_are() -> None:
    """An old body holds rows that were revoked since."""
    now, then = body(line("later") + NEW_NODE), kept(1, line("revoked") + "# old\n" + NODE + ITSELF)
    assert restored(now, then) == {"mapRoles": line("later") + "# old\n" + NODE + ITSELF}


def test_what_others_wrote_into_a_row_of_ours_is_not_put_back() -> None:
    """A brace in a group is a template to the authenticator."""
    now = body(line("alice") + line("eve", "s{{SessionName}}em:masters") + NODE)
    assert restored(now, kept(1, NODE)) == {"mapRoles": line("alice") + NODE}


def test_of_a_text_that_cannot_be_read_no_row_is_taken() -> None:
    """Lines that look like ours may be anybody's; the sweep writes them again."""
    assert restored(body(line("alice") + BROKEN), kept(1, line("alice") + NODE)) == {"mapRoles": NODE}
    assert "no row of ours is taken from it" in notes(body(BROKEN), kept(1, NODE))


def test_all_keys_come_back_and_those_that_came_since_stay() -> None:
    """A restore takes away no key that it does not know."""
    now = body(NODE, mapUsers="- userarn: new\n", later="x")
    then = kept(1, NODE, mapUsers="- userarn: old\n", mapAccounts='- "111122223333"\n')
    assert restored(now, then) == {
        "mapRoles": NODE, "mapUsers": "- userarn: old\n", "mapAccounts": '- "111122223333"\n', "later": "x",
    }  # fmt: skip


def test_a_body_that_maps_nobody_is_never_put_back() -> None:
    """It would shut out every node."""
    with pytest.raises(AwsAuthUnreadable, match=r"body 1 .* is not put back: .*nodes included: line 2"):
        restored(body(NODE), kept(1, BROKEN))


def test_a_key_that_cannot_be_read_is_left_as_it_is() -> None:
    """The rest comes back."""
    now, then = body(NEW_NODE, mapUsers="[]"), kept(1, NODE, mapUsers=BROKEN)
    assert restored(now, then) == {"mapRoles": NODE, "mapUsers": "[]"}
    assert "mapUsers of that body cannot be read and is left as it is now: line 2" in notes(now, then)


@pytest.mark.parametrize("now", [None, body(None)], ids=["no aws-auth", "no mapRoles"])
def test_it_comes_back_where_there_is_nothing(now: Body | None) -> None:
    """And nothing is made up where nothing was kept."""
    assert restored(now, kept(1, line("old") + NODE)) == {"mapRoles": NODE}
    assert restored(now, kept(1, None)) == {}


def test_rows_of_others_that_would_go_are_named() -> None:
    """A node group made since would lose its nodes."""
    assert "1 rows of others go or change: arn:aws:iam::123456789012:role/new-node" in notes(
        body(NODE + NEW_NODE), kept(1, NODE)
    )


def test_it_is_said_if_the_registrar_would_be_shut_out() -> None:
    """Its own row is one of the foreign ones."""
    assert "the registrar is shut out by it" in notes(body(NODE), kept(1, NODE))
    assert notes(body(NODE + ITSELF), kept(1, NODE + ITSELF)) == ""


def with_entries(number: int, entries: Sequence[EntryThen], map_roles: str | None = None) -> KeptBody:
    """A body that a sweep kept of a cluster with access entries, and with aws-auth if it reads that too."""
    rows = {} if map_roles is None else {"mapRoles": map_roles}
    found = {"data": rows | {"accessEntries": entries_text(entries)}}
    foreign = f"{'' if map_roles is None else '0123'}:{fingerprint_of_entries(entries)}"
    note = Kept(number, f"2026-11-24T03:0{number}:00Z", "prod", f"adds r{number}", foreign, "")
    return KeptBody(note, f"history-{number % 10}", body_of(found, MARKS, with_entries=True))


ADMIN = EntryThen("arn:aws:iam::123456789012:role/admin", False, "STANDARD", "ops", ("ops",), ())
OF_OURS = EntryThen("arn:aws:iam::123456789012:role/alice", True, "", "", ("eks-registrar:view",), ())


def test_a_record_of_entries_puts_nothing_of_them_into_aws_auth() -> None:
    """They share a ConfigMap, never aws-auth."""
    both = with_entries(1, [ADMIN], NODE)
    assert restored(body(NEW_NODE), both) == {"mapRoles": NODE}
    assert both.body.has_aws_auth
    assert not with_entries(1, [ADMIN]).body.has_aws_auth


def test_a_key_of_aws_auth_that_is_called_alike_is_a_key_like_any_other() -> None:
    """Only a body whose note says so has access entries."""
    then = kept(1, NODE, accessEntries="of somebody")
    assert restored(body(NODE, accessEntries="x"), then) == {"mapRoles": NODE, "accessEntries": "of somebody"}


def test_the_history_of_access_entries_is_that_of_the_golden_file() -> None:
    """Those of others, ours, whether they are the same now, and what somebody wrote there."""
    broken = with_entries(2, [ADMIN])
    broken = KeptBody(broken.kept, broken.slot, replace(broken.body, entries=None, problems={"accessEntries": "why"}))
    bodies = (with_entries(4, [ADMIN, OF_OURS], NODE), with_entries(3, []), broken, kept(1, NODE))
    view = View("context prod", MARKS, {}, body(NODE), bodies, None, (ADMIN,))
    assert table(view) + "\n" == (GOLDEN / "entries.txt").read_text()
    assert [one["asNow"] for one in as_dict(view)["kept"]] == [True, False, None, True]
    assert as_dict(view)["accessEntries"] == {"foreignEntries": 1, "ourEntries": 0}
    unread = replace(view, entries=None, unread="AccessDenied")
    assert "they could not be read with your AWS identity: AccessDenied" in table(unread)
    assert [one["asNow"] for one in as_dict(unread)["kept"]] == [None, None, None, True]


def test_a_cluster_without_aws_auth_is_no_alarm_where_it_had_none_before() -> None:
    """Mode API reads none."""
    view = View("context prod", MARKS, None, None, (with_entries(1, [ADMIN]),), None, (ADMIN,))
    assert "there is none, and there was none when the newest body was kept" in table(view)


def test_the_diff_is_that_of_the_golden_file() -> None:
    """Key by key, with colours where asked for."""
    before = {"mapRoles": line("alice") + NEW_NODE, "mapUsers": "[]"}
    after = {"mapRoles": line("alice") + "# old\n" + NODE, "mapUsers": "[]", "mapAccounts": "- \u202e1"}
    assert diff(before, after, colour=False) == (GOLDEN / "restore.diff").read_text()
    assert "\033[31m-- rolearn: arn:aws:iam::123456789012:role/new-node\033[0m\n" in diff(before, after, colour=True)
    assert diff(after, after, colour=True) == ""


def test_nothing_hides_from_whoever_reads_the_diff() -> None:
    """An escape sequence, a bidirectional mark or a line break of YAML 1.1 is shown, not obeyed."""
    assert visible("a\tb\n\x1b[2K\r\u202e\u2028\u00e9") == "a\tb\n\\x1b[2K\\r\\u202e\\u2028\u00e9"


def view(now: Body | None, *history: KeptBody) -> View:
    """A cluster as the commands see it."""
    return View("context prod at https://eks.example.com", MARKS, {}, now, history)


def test_the_table_is_that_of_the_golden_file() -> None:
    """Newest first, with what is the same now."""
    history = (kept(3, line("a") + NODE), kept(2, BROKEN), kept(1, NODE + ITSELF, mapUsers=BROKEN))
    assert table(view(body(line("b") + NODE), *history)) + "\n" == (GOLDEN / "table.txt").read_text()


def test_an_aws_auth_that_maps_nobody_is_said_first() -> None:
    """With the line, or that there is none."""
    assert "CANNOT BE READ, it maps no role at all, nodes included: line 2" in table(view(body(BROKEN), kept(1, NODE)))
    assert "THERE IS NONE" in table(view(None))
    assert "nothing is kept in namespace eks-registrar yet" in table(view(None))


def test_the_json_says_what_cannot_be_told() -> None:
    """Null, not a guess."""
    told = as_dict(view(body(BROKEN), kept(2, BROKEN), kept(1, NODE)))
    assert told["awsAuth"]["foreignRows"] is None
    assert [one["asNow"] for one in told["kept"]] == [None, None]
    assert [one["foreignRows"] for one in told["kept"]] == [None, 1]


def test_without_kubectl_the_message_says_what_is_missing() -> None:
    """The command works by the caller's own."""
    with pytest.raises(KubectlFailed, match=r"there is no /no/kubectl, and this works by your own kubectl"):
        Kubectl("/no/kubectl").get("eks-registrar", ["history-0"])

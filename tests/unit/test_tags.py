"""The grammar of tags: which keys are read, what a value asks for, and what is refused word by word."""

from __future__ import annotations

import pytest

from registrar.grants import Grant, GrantKind
from registrar.tags import asked_by, keys_for, read, tampered_keys
from tests.unit.samples import PREFIX

ROLE, GROUP, POLICY = GrantKind.CLUSTER_ROLE, GrantKind.GROUP, GrantKind.POLICY
LINE_SEPARATOR = "\u2028"


def texts(*tags: tuple[str, str]) -> list[str]:
    """What tags ask for in the cluster prod, in order."""
    return [asked.text for asked in asked_by(tags, PREFIX, "prod")]


@pytest.mark.parametrize(
    ("word", "grant"),
    [
        ("view", Grant(ROLE, "view")),
        ("edit@payments", Grant(ROLE, "edit", "payments")),
        ("my-Role.v2@a-1", Grant(ROLE, "my-Role.v2", "a-1")),
        ("system:masters", Grant(ROLE, "system:masters")),
        ("group=oncall", Grant(GROUP, "oncall")),
        ("group=team:x@example.com", Grant(GROUP, "team:x@example.com")),
        ("policy=AmazonEKSViewPolicy", Grant(POLICY, "AmazonEKSViewPolicy")),
        ("policy=AmazonEKSViewPolicy@payments", Grant(POLICY, "AmazonEKSViewPolicy", "payments")),
    ],
)
def test_every_known_form_is_read(word: str, grant: Grant) -> None:
    """A word of a known form is its grant, and the grant spells itself the same way."""
    asked = read(word, "key")
    assert (asked.grant, asked.problem) == (grant, None)
    assert grant.text == word


@pytest.mark.parametrize(
    "word",
    [
        "user=alice", "edit@", "@payments", "edit@a@b", "edit@Payments", "edit@-a", "edit@a-", "edit@team_a",
        "edit@" + "n" * 64, "edit@*", "*", "group=", "group=@x", "Group=oncall", "policy=", "policy=A@", "policy=A-B",
        "-view", ":view", "../view", "view,edit", "{{SessionName}}", "group=s{{SessionName}}em:masters", '"view"',
    ],
)  # fmt: skip
def test_an_unknown_form_is_refused_with_the_known_ones(word: str) -> None:
    """What has no known form is no grant, and the message shows the forms that are known."""
    asked = read(word, "key")
    assert asked.grant is None
    assert asked.problem is not None
    assert "known forms: CLUSTERROLE" in asked.problem or "unknown option" in asked.problem


@pytest.mark.parametrize(
    ("word", "problem"),
    [
        ("view/until=2030-01-01", "/until= is not yet supported"),
        ("view/until=2030-01-01T18:00Z", "/until= is not yet supported"),
        ("view/until=tomorrow", "/until= is not yet supported"),
        ("edit@a/from=2030-01-01/until=2030-01-02", "/from= is not yet supported"),
        ("group=oncall/until=", "/until= is not yet supported"),
        ("view/for=8h", "unknown option '/for=8h'"),
        ("view/UNTIL=2030-01-01", "unknown option '/UNTIL=2030-01-01'"),
        ("view/", "unknown option '/'"),
        ("view/x/until=2030-01-01", "unknown option '/x'"),
    ],
)
def test_an_option_refuses_the_whole_grant(word: str, problem: str) -> None:
    """No version takes a passing grant for a lasting one."""
    assert read(word, "key").grant is None
    assert read(word, "key").problem == problem


@pytest.mark.parametrize(
    "separator", ["\t", "\n", "\r\n", "\v", "\f", "\x1c", "\x85", "\u00a0", LINE_SEPARATOR, "\u3000"]
)
def test_only_a_space_separates(separator: str) -> None:
    """Any other white space spoils the one word that it stands in, and no other."""
    first, second = asked_by([(PREFIX, f"edit@a{separator}view group=oncall")], PREFIX, "prod")
    assert first.grant is None
    assert first.problem is not None
    assert first.problem.isascii()
    assert first.problem.isprintable()
    assert second.grant == Grant(GROUP, "oncall")


@pytest.mark.parametrize(
    "word", ["vi\u00e9w", "edit@\uff41", "group=onca\u217cl", "\u212aube", f"view{LINE_SEPARATOR}"]
)
def test_what_is_not_ascii_is_refused(word: str) -> None:
    """A letter that only looks like ASCII, or folds to it, makes no grant."""
    problem = read(word, "key").problem
    assert problem is not None
    assert problem.endswith("is not ASCII")


def test_tags_are_read_in_the_documented_order() -> None:
    """``<prefix>``, ``<prefix>/<cluster>``, ``/2`` … ``/9``, left to right, whatever order IAM lists them in."""
    tags = [(f"{PREFIX}/prod/{n}", f"r{n}") for n in range(9, 1, -1)]
    tags += [(f"{PREFIX}/prod", "own  own2"), (PREFIX, " general ")]
    assert texts(*tags) == ["general", "own", "own2", *(f"r{n}" for n in range(2, 10))]


def test_a_grant_knows_the_tag_that_asked_for_it() -> None:
    """The reason of a refusal can name the tag."""
    tags = [(PREFIX, "view"), (f"{PREFIX}/prod/2", "view edit@a")]
    assert [(a.text, a.source) for a in asked_by(tags, PREFIX, "prod")] == [
        ("view", PREFIX),
        ("edit@a", f"{PREFIX}/prod/2"),
    ]


@pytest.mark.parametrize(
    "key",
    [
        f"{PREFIX}/test", f"{PREFIX}/prod/1", f"{PREFIX}/prod/10", f"{PREFIX}/prod/02", f"{PREFIX}/prod/", f"{PREFIX}/",
        f"{PREFIX}/2", f"{PREFIX}prod", f"{PREFIX}/PROD", PREFIX.upper(), "team", f"{PREFIX}/prod/2/2",
    ],
)  # fmt: skip
def test_a_key_that_is_not_the_cluster_s_asks_for_nothing(key: str) -> None:
    """Keys of other clusters, of no cluster, of other case and beyond ``/9`` are not read."""
    assert texts((key, "view")) == []


def test_the_same_text_counts_once() -> None:
    """Repeating a grant, in one tag or in several, changes nothing."""
    assert texts((PREFIX, "view view"), (f"{PREFIX}/prod", "view edit@a")) == ["view", "edit@a"]


def test_the_33rd_grant_is_refused_and_the_others_stand() -> None:
    """32 grants are read over all tags together; repetitions take no place."""
    words = [f"view@n{n}" for n in range(33)]
    asked = asked_by([(PREFIX, " ".join(words[:20])), (f"{PREFIX}/prod", " ".join(words))], PREFIX, "prod")
    assert [a.text for a in asked if a.grant is not None] == words[:32]
    assert [(a.text, a.problem) for a in asked if a.grant is None] == [("view@n32", "only 32 grants are read")]


def test_a_value_of_256_characters_is_read_whole() -> None:
    """The last grant of the longest value that IAM takes is read like the first."""
    value = "view@" + "a" * 63 + " " + "edit@" + "b" * 63
    value += " " * (256 - len(value) - len("group=oncall")) + "group=oncall"
    assert len(value) == 256
    assert [a.text for a in asked_by([(PREFIX, value)], PREFIX, "prod")][-1] == "group=oncall"
    assert all(a.grant for a in asked_by([(PREFIX, value)], PREFIX, "prod"))


def test_a_key_in_another_case_is_tampering() -> None:
    """IAM's keys ignore case and replace each other: such a key is named, whichever of ours it imitates."""
    wrong = [PREFIX.title(), f"{PREFIX}/PROD", f"{PREFIX.upper()}/test/9"]
    tags = [(key, "view") for key in [*wrong, PREFIX, f"{PREFIX}/prod", f"{PREFIX}/test/2", "Team", f"{PREFIX}/Other"]]
    assert tampered_keys(tags, PREFIX, ["prod", "test"]) == tuple(wrong)


def test_a_cluster_tag_in_capitals_is_no_tampering() -> None:
    """The configured spelling is the exact one, whatever its case."""
    assert tampered_keys([(f"{PREFIX}/PROD", "view")], PREFIX, ["PROD"]) == ()
    assert tampered_keys([(f"{PREFIX}/prod", "view")], PREFIX, ["PROD"]) == (f"{PREFIX}/prod",)


def test_a_guard_can_list_every_key() -> None:
    """A cluster has ten keys and no more."""
    assert keys_for("p", "c") == ("p", "p/c", *(f"p/c/{n}" for n in range(2, 10)))

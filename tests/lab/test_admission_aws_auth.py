"""What the API server lets the registrar do to aws-auth, tried under the registrar's own token."""

from pathlib import Path

import pytest
from attacks_on_map_roles import (
    ATTACKS,
    BEGINS_LIKE_OURS,
    FLOW_THAT_BEGINS_LIKE_OURS,
    GROUP,
    OURS,
    Attack,
)
from registrar_identity import (
    FOREIGN,
    ITSELF,
    NODE,
    Registrar,
    given_map_roles,
    line,
    map_roles_of,
    refused,
    row,
    writes_as_its_group,
)

from lab.local_eks import LocalEks

GOLDEN = Path(__file__).parents[1] / "golden" / "aws_auth"
WRITES = sorted(case.name for case in GOLDEN.iterdir() if (case / "after.yaml").exists())


@pytest.fixture(scope="module")
def registrar(local_eks: LocalEks) -> Registrar:
    """The registrar's own identity."""
    return Registrar.of(local_eks)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_on_map_roles_is_refused(lab: LocalEks, registrar: Registrar, attack: Attack) -> None:
    """The API server refuses it, says why, and nothing has changed."""
    given_map_roles(lab, attack.before)
    answer = registrar.writes_map_roles(attack.after)
    assert refused(answer, attack.reason), f"{answer.status}: {answer.message}"
    assert map_roles_of(lab) == attack.before


@pytest.mark.parametrize("case", WRITES)
def test_what_the_registrar_itself_writes_passes(lab: LocalEks, case: str) -> None:
    """Every body that map_roles is proven to produce is one that the API server accepts."""
    before, after = (_golden(case, name) for name in ("before.yaml", "after.yaml"))
    given_map_roles(lab, before)
    answer = writes_as_its_group(lab, after)
    assert answer.status == 200, answer.message
    assert map_roles_of(lab) == after


@pytest.mark.parametrize(
    "text",
    [
        line("new") + OURS + FOREIGN,
        line("dev", "eks-registrar:edit@payments", "eks-registrar:view@kube-system", "oncall") + FOREIGN,
        FOREIGN,
    ],
    ids=["a row more", "other groups", "a row less"],
)
def test_ordinary_work_passes_under_the_own_token(lab: LocalEks, registrar: Registrar, text: str) -> None:
    """The rights are wide enough for the work."""
    given_map_roles(lab, OURS + FOREIGN)
    assert registrar.writes_map_roles(text).status == 200
    assert map_roles_of(lab) == text


@pytest.mark.parametrize("foreign", BEGINS_LIKE_OURS.values(), ids=BEGINS_LIKE_OURS)
def test_a_hand_written_row_that_begins_like_ours_stops_no_write(
    lab: LocalEks, registrar: Registrar, foreign: str
) -> None:
    """Wherever it stands, a grant, a change and the revocation of all our rows pass, and it stays."""
    for around in (foreign + FOREIGN, FOREIGN + foreign):
        given_map_roles(lab, around)
        for ours in (OURS, line("new") + OURS, line("new", "oncall") + OURS, OURS, ""):
            answer = registrar.writes_map_roles(ours + around)
            assert answer.status == 200, answer.message
        assert map_roles_of(lab) == around


def test_a_hand_written_row_that_begins_like_ours_stops_no_write_of_a_flow_list(
    lab: LocalEks, registrar: Registrar
) -> None:
    """The same in brackets."""
    given_map_roles(lab, FLOW_THAT_BEGINS_LIKE_OURS)
    for ours in ("\n" + row("dev") + ",", "\n" + row("new") + ",\n" + row("dev") + ",", ""):
        text = "[" + ours + FLOW_THAT_BEGINS_LIKE_OURS[1:]
        answer = registrar.writes_map_roles(text)
        assert answer.status == 200, answer.message
        assert map_roles_of(lab) == text


@pytest.mark.parametrize("foreign", BEGINS_LIKE_OURS.values(), ids=BEGINS_LIKE_OURS)
def test_our_rewritten_row_goes_while_one_that_begins_like_ours_stays(
    lab: LocalEks, registrar: Registrar, foreign: str
) -> None:
    """The two kinds are told apart within one text: ours may be put into its form, or go."""
    rewritten = (GOLDEN / "rewritten_by_eksctl" / "before.yaml").read_text().replace("- rolearn", foreign + "- rolearn")
    start = rewritten.index("- groups:\n  - eks-registrar:view")
    without = rewritten[:start] + rewritten[rewritten.index(foreign, start) :]
    for text in (OURS + without + ITSELF, without + ITSELF):
        given_map_roles(lab, rewritten + ITSELF)
        answer = registrar.writes_map_roles(text)
        assert answer.status == 200, answer.message


def test_a_row_that_no_rule_allows_any_more_stops_no_other_write(lab: LocalEks, registrar: Registrar) -> None:
    """After a change of the rules an old row may stay until the sweep takes it, but it cannot come back."""
    stale = line("old", "eks-registrar:gone@payments")
    given_map_roles(lab, stale + FOREIGN)
    assert registrar.writes_map_roles(OURS + stale + FOREIGN).status == 200
    assert registrar.writes_map_roles(OURS + FOREIGN).status == 200
    assert refused(registrar.writes_map_roles(OURS + stale + FOREIGN), GROUP)


@pytest.mark.parametrize(("rows", "nodes"), [(3000, 100), (1, 4600), (1500, 2300)])
def test_the_largest_bodies_stay_within_the_cost_of_cel(
    lab: LocalEks, registrar: Registrar, rows: int, nodes: int
) -> None:
    """Filling, changing one row and emptying pass with some 3,000 rows of ours or 700 kB, whoever's they are."""
    groups = ("eks-registrar:edit@payments-of-team-a", "eks-registrar:view")
    ours = [line(f"application-of-team-a-{number:04}", *groups) for number in range(rows)]
    foreign = FOREIGN + "".join(NODE.replace("role/node", f"role/node-group-{number:04}") for number in range(nodes))
    given_map_roles(lab, foreign)
    for text in ("".join(ours) + foreign, "".join([line("changed"), *ours[1:]]) + foreign, foreign):
        answer = registrar.writes_map_roles(text)
        assert answer.status == 200, answer.message
    assert len(foreign) + len("".join(ours)) > 690_000


def _golden(case: str, name: str) -> str | None:
    path = GOLDEN / case / name
    return path.read_bytes().decode() if path.exists() else None

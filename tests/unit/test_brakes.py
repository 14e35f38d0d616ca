"""What a plan over many principals may not do by itself."""

from __future__ import annotations

import pytest

from registrar.brakes import brake, plan_hash
from registrar.held import Held
from registrar.model import Desired, RbacView, Row
from registrar.plan import Plan, make_plan
from tests.unit.samples import ACCOUNT, MARKS, row

OTHER = "111122223333"


def standing(count: int, account: str = ACCOUNT) -> list[Row]:
    """So many rows of ours for one account."""
    return [row(f"r{number:03}", "view", account=account) for number in range(count)]


def removing(rows: list[Row], gone: int) -> tuple[Plan, Held]:
    """The plan by which the first ``gone`` of these rows go."""
    held = Held(tuple(sorted(rows)))
    refs = held.owners(MARKS)[:gone]
    return make_plan([Desired(ref, None) for ref in refs], held, {}, RbacView(), MARKS), held


def stopped(rows: list[Row], gone: int, roles_read: int = 7) -> str | None:
    """What the brake says."""
    plan, held = removing(rows, gone)
    return brake(plan, held, MARKS, {ACCOUNT: roles_read})


@pytest.mark.parametrize(("rows", "gone"), [(1, 1), (3, 2), (6, 5), (10, 5), (100, 30)])
def test_few_removals_pass(rows: int, gone: int) -> None:
    """Five always, and 30 % of many; the only row of an account, too."""
    assert stopped(standing(rows), gone) is None


@pytest.mark.parametrize(("rows", "gone", "limit"), [(10, 6, "5"), (100, 31, "30"), (7, 6, "5")])
def test_many_removals_are_stopped(rows: int, gone: int, limit: str) -> None:
    """One more than that, and nothing is written."""
    assert stopped(standing(rows), gone) == (
        f"{gone} of {rows} rows of account {ACCOUNT} would be removed, more than {limit}"
    )


@pytest.mark.parametrize("rows", [2, 5])
def test_all_rows_of_an_account_are_stopped_where_there_are_two_or_more(rows: int) -> None:
    """However few they are: that is what an emptied list looks like."""
    assert stopped(standing(rows), rows) == f"all {rows} rows of account {ACCOUNT} would be removed"


def test_rows_that_somebody_doubled_count_once() -> None:
    """Two of four rows are all that two roles have."""
    assert stopped(standing(2) * 2, 2) == f"all 2 rows of account {ACCOUNT} would be removed"


def test_an_account_in_which_iam_names_no_role_is_stopped() -> None:
    """Even for one row: the registrar itself runs under a role."""
    found = stopped(standing(1), 1, roles_read=0)
    assert found == f"IAM names no role at all in account {ACCOUNT}, and 1 row of ours stand for it"


def test_the_rows_of_another_account_do_not_hide_a_removal() -> None:
    """Counted by account: 3 of 3 are all, however many others stand."""
    rows = [*standing(3, OTHER), *standing(97)]
    held = Held(tuple(sorted(rows)))
    leaving = [Desired(ref, None) for ref in held.owners(MARKS) if ref.account == OTHER]
    plan = make_plan(leaving, held, {}, RbacView(), MARKS)
    assert brake(plan, held, MARKS, {ACCOUNT: 7}) == f"all 3 rows of account {OTHER} would be removed"


def test_the_hash_names_one_plan() -> None:
    """The same plan has the same hash; another principal, group or cluster has another."""
    plan, _ = removing(standing(4), 2)
    more, _ = removing(standing(4), 3)
    assert plan_hash("prod", plan) == plan_hash("prod", plan)
    assert len({plan_hash("prod", plan), plan_hash("test", plan), plan_hash("prod", more)}) == 3


def test_the_hash_is_the_same_in_every_process() -> None:
    """What a laptop prints, the function recognises."""
    plan, _ = removing(standing(1), 1)
    assert plan_hash("prod", plan) == "6f66e314fc325372"

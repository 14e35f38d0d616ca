"""The whole plan: what is done, what goes, who is left."""

from dataclasses import replace

from moves import ACCOUNT, ALL, planned, role_arn, row, standing

from registrar.migration.model import Request

A, B = role_arn("a"), role_arn("b")
REMOVING = replace(ALL, remove_rows=True)


def test_a_row_goes_on_request_once_its_entry_gives_the_same() -> None:
    """Not that of somebody who is only moved now: the plan is made anew after it."""
    plan = planned(row(A, "a", "g"), row(B, "b", "g"), entries={A: standing("a", "g")}, request=REMOVING)
    assert [item.row.arn for item in plan.to_remove] == [A]
    assert [item.row.arn for item in plan.to_move] == [B]


def test_rows_that_were_not_named_stay() -> None:
    """However long their entries stand."""
    one = Request(arns=frozenset({B}), remove_rows=True)
    assert planned(row(A, "a", "g"), entries={A: standing("a", "g")}, request=one).empty


def test_mapped_accounts_are_shut_out() -> None:
    """Nobody can say who uses them."""
    [out] = planned(accounts="- '111122223333'\n").shut_out()
    assert (out.who, "no group" in out.why) == ("account 111122223333", True)


def test_a_bridge_that_nobody_needs_goes() -> None:
    """A run broke off between the last entry and the binding."""
    plan = planned(bridged=True)
    assert (plan.bridge_to_go, plan.empty) == (True, False)


def test_the_plan_of_the_plan_is_empty() -> None:
    """Once the entries stand as they were planned, and the rows are gone, nothing is left to do."""
    plan = planned(row(A, "a:{{SessionName}}", "g"), row(B, "", "system:masters"), request=REMOVING)
    wanted = [item.wanted for item in plan.to_move if item.wanted]
    made = {one.arn: standing(one.username, *one.groups, policies=one.policies) for one in wanted}
    then = planned(row(A, "a:{{SessionName}}", "g"), row(B, "", "system:masters"), entries=made, request=REMOVING)
    assert ([item.row.arn for item in then.to_remove], then.to_move) == ([A, B], ())
    assert planned(request=REMOVING).empty


def test_rows_are_told_in_the_order_of_aws_auth() -> None:
    """Also those that count for nothing."""
    user = f"arn:aws:iam::{ACCOUNT}:user/u"
    plan = planned(row(A, "1", "g"), row(B, "2", "g"), row(A, "3", "g"), users=row(user, "4", "g"))
    assert [item.row.mapping.username for item in plan.items] == ["1", "2", "3", "4"]

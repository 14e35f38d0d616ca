"""What becomes of each kind of row."""

from dataclasses import replace

import pytest
from moves import ACCOUNT, ALL, CLUSTER, FOREIGN, NEW, OLD, found, only, planned, role_arn, row, standing

from registrar.migration.model import BRIDGE, CLUSTER_ADMIN, Absent, Request, Standing, State, Unread

DEV, SESSION = role_arn("dev"), "{{SessionName}}"
USER = f"arn:aws:iam::{ACCOUNT}:user/staff/ann"
NODE = row(DEV, "system:node:{{EC2PrivateDNSName}}", "system:bootstrappers", "system:nodes")
OURS = row(DEV, f"eks-registrar:{ACCOUNT}:role/dev:{SESSION}", "eks-registrar:view")


def test_a_foreign_row_moves_on_request_with_the_path_of_its_role() -> None:
    """Listed without one; by --foreign, or by its name with or without the path."""
    principals = {DEV: found(role_arn("dev", "/teams/"))}
    for request, state in (
        (Request(), State.ON_REQUEST),
        (FOREIGN, State.MOVE),
        (Request(arns=frozenset({DEV.lower()})), State.MOVE),
    ):
        item = only(planned(row(DEV, f"dev:{SESSION}", "g"), principals=principals, request=request))
        assert item.state is state
        assert item.wanted is not None
        assert (item.wanted.arn, item.wanted.groups) == (role_arn("dev", "/teams/"), ("g",))


def test_a_users_row_moves() -> None:
    """Its ARN has the path already."""
    item = only(planned(users=row(USER, "ann", "g")))
    assert (item.state, item.wanted and item.wanted.arn) == (State.MOVE, USER)


def test_a_users_row_without_the_path_lets_nobody_in() -> None:
    """IAM has the user elsewhere."""
    arn = f"arn:aws:iam::{ACCOUNT}:user/ann"
    item = only(planned(users=row(arn, "ann", "g"), principals={arn: found(USER)}))
    assert (item.state, USER in item.reason) == (State.NOBODY, True)


@pytest.mark.parametrize(
    ("arn", "state", "why"),
    [
        (role_arn("dev", "/teams/"), State.NOBODY, "has no path"),
        (role_arn("dev*"), State.NOBODY, "wildcard"),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/dev/me", State.NOBODY, "never for a session"),
        (f"arn:aws:sts::{ACCOUNT}:federated-user/me", State.CANNOT, "STS session"),
        (f"arn:aws:iam::{ACCOUNT}:root", State.CANNOT, "root user"),
        ("dev", State.NOBODY, "not the ARN of a role or user"),
    ],
)
def test_an_arn_that_no_entry_is_for(arn: str, state: State, why: str) -> None:
    """Who lets nobody in is told apart from who would be shut out."""
    item = only(planned(row(arn, "x", "g")))
    assert (item.state, why in item.reason) == (state, True), item.reason


def test_a_vanished_role_lets_nobody_in() -> None:
    """So nobody is shut out by leaving it behind."""
    plan = planned(row(DEV, "x", "g"), principals={DEV: Absent()})
    assert (only(plan).state, plan.shut_out()) == (State.NOBODY, ())


def test_a_role_of_another_account_cannot_be_read() -> None:
    """The command is there, for the hand that knows the path."""
    item = only(planned(row(DEV, "x", "g"), principals={DEV: Unread("of another account")}))
    assert (item.state, item.reason) == (State.CANNOT, "of another account")
    assert item.commands[0].startswith("aws eks create-access-entry --region eu-west-1 --cluster-name prod-1")


def test_a_service_linked_role_cannot_move() -> None:
    """EKS refuses it."""
    linked = found(role_arn("dev", "/aws-service-role/x.amazonaws.com/"))
    item = only(planned(row(DEV, "x", "g"), principals={DEV: linked}))
    assert (item.state, "service-linked" in item.reason) == (State.CANNOT, True)


def test_a_permission_set_is_no_one_role() -> None:
    """An sso row names all roles of a permission set."""
    item = only(planned(f"- sso: {{permissionSetName: Ops, accountID: '{ACCOUNT}'}}\n  username: x\n"))
    assert (item.state, "permissionSets" in item.reason) == (State.CANNOT, True)


def test_a_role_of_identity_center_moves_with_a_warning() -> None:
    """Its suffix changes with every provisioning."""
    arn = role_arn("AWSReservedSSO_Ops_0123456789abcdef", "/aws-reserved/sso.amazonaws.com/")
    short = role_arn("AWSReservedSSO_Ops_0123456789abcdef")
    item = only(planned(row(short, "x", "g"), principals={short: found(arn)}))
    assert (item.state, "permissionSets" in item.reason) == (State.MOVE, True)


@pytest.mark.parametrize(
    ("username", "groups", "kind"),
    [
        ("system:node:{{EC2PrivateDNSName}}", ("system:bootstrappers", "system:nodes"), "EC2_LINUX"),
        ("system:node:{{EC2PrivateDNSName}}", ("system:nodes", "eks:kube-proxy-windows"), "EC2_WINDOWS"),
        (f"system:node:{SESSION}", ("system:nodes", "system:node-proxier"), "FARGATE_LINUX"),
    ],
)
def test_nodes_are_not_moved_but_named_first(username: str, groups: tuple[str, ...], kind: str) -> None:
    """With the type of the entry that they need."""
    plan = planned(row(role_arn("a"), "a", "g"), row(DEV, username, *groups), request=Request())
    assert [one.who for one in plan.shut_out()] == [DEV, role_arn("a")]
    assert plan.shut_out()[0].heavy
    assert plan.shut_out()[0].commands[0].endswith(f"--principal-arn {DEV} --type {kind}")


def test_nodes_with_an_entry_are_done() -> None:
    """One of their own type: a STANDARD one lets no node join."""
    done = planned(NODE, entries={DEV: standing("system:node:{{EC2PrivateDNSName}}", "system:nodes", kind="EC2_LINUX")})
    assert (only(done).state, done.shut_out(), done.to_remove) == (State.DONE, (), ())
    wrong = planned(NODE, entries={DEV: standing("x", "g")})
    assert (only(wrong).state, wrong.shut_out()[0].heavy) == (State.NODE, True)


def test_ours_are_left_to_the_registrar() -> None:
    """Whatever is asked for; it says what the registrar waits for."""
    assert (only(planned(OURS)).state, planned(OURS).empty) == (State.OURS, True)
    observed = only(planned(OURS, cluster=replace(CLUSTER, mode="observe")))
    by_hand = only(planned(OURS, cluster=replace(CLUSTER, backend="aws-auth")))
    assert ("mode observe" in observed.reason, "backend: auto" in by_hand.reason) == (True, True)


def test_ours_are_shut_out_until_their_entry_stands() -> None:
    """A dead one does not count."""
    assert len(planned(OURS).shut_out()) == 1
    assert planned(OURS, entries={DEV: standing("x", "g")}).shut_out() == ()
    dead = planned(OURS, entries={DEV: standing("x", "g", created=OLD)}, principals={DEV: found(DEV, NEW)})
    assert len(dead.shut_out()) == 1


def test_the_registrars_own_row_moves_unless_its_stack_makes_the_entry() -> None:
    """Two that make it would be in each other's way."""
    own = row(DEV, f"eks-registrar-controller:{SESSION}", "eks-registrar-controller")
    assert only(planned(own)).state is State.MOVE
    plan = planned(own, cluster=replace(CLUSTER, registrar_access="accessEntry"))
    assert (only(plan).state, "deploy it" in only(plan).reason, plan.shut_out()[0].heavy) == (State.CANNOT, True, True)


def test_an_entry_that_gives_the_same_is_done() -> None:
    """Whoever made it; in another order, groups are the same."""
    plan = planned(row(DEV, "x", "b", "a"), entries={DEV: standing("x", "a", "b")})
    assert (only(plan).state, plan.empty, plan.shut_out()) == (State.DONE, True, ())


@pytest.mark.parametrize(
    "entry",
    [
        standing("y", "a"),
        standing("x", "a", "b"),
        standing("x"),
        standing("x", "a", policies=(CLUSTER_ADMIN,)),
        standing("x", "a", kind="EC2_LINUX"),
        standing("x", "a", BRIDGE),
    ],
)
def test_an_entry_that_differs_is_never_touched(entry: Standing) -> None:
    """It wins over the row already, so nobody is shut out by the last mode."""
    plan = planned(row(DEV, "x", "a"), entries={DEV: entry}, request=replace(ALL, remove_rows=True))
    assert (only(plan).state, plan.empty, plan.shut_out()) == (State.DIFFERENT, True, ())


def test_a_dead_entry_is_told_and_its_row_stays() -> None:
    """The role was made anew: its row is all that it has."""
    plan = planned(
        row(DEV, "x", "a"),
        entries={DEV: standing("x", "a", created=OLD)},
        principals={DEV: found(DEV, NEW)},
        request=replace(ALL, remove_rows=True),
    )
    assert (only(plan).state, plan.empty, len(plan.shut_out())) == (State.DEAD, True, 1)
    assert "delete-access-entry" in only(plan).commands[0]


def test_an_entry_with_the_bridge_is_finished_whatever_is_asked_for() -> None:
    """A run broke off there; with or without its policy by then."""
    for policies in ((), (CLUSTER_ADMIN,)):
        entry = standing("x", BRIDGE, "g", policies=policies)
        plan = planned(row(DEV, "x", "system:masters", "g"), entries={DEV: entry}, request=Request(), bridged=True)
        assert (only(plan).state, plan.empty, plan.bridge_to_go) == (State.FINISH, False, False)


def test_masters_wait_for_their_word() -> None:
    """Without --cluster-admin-policy they are listed with what it takes, and would be shut out."""
    plan = planned(row(DEV, "x", "system:masters"), request=FOREIGN)
    assert (only(plan).state, "--cluster-admin-policy" in only(plan).reason) == (State.ON_REQUEST, True)
    assert (plan.empty, len(plan.shut_out())) == (True, 1)


def test_users_of_doubtful_case_are_not_moved() -> None:
    """Which of the rows counts is chance."""
    plan = planned(users=row(USER, "a", "g") + row(USER.replace("ann", "ANN"), "b", "g"))
    assert [item.state for item in plan.items] == [State.CANNOT, State.CANNOT]

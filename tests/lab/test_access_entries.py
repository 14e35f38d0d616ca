"""The registrar on a cluster of mode API: what access entries alone have, beside what the conformance suite shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from entrance import VIEW, Entrance, on_its_first_day
from spied_eks import spy_on_eks
from stage import ACCOUNT, event, eventually, tagging, verdicts

from lab.aws.eks.behaviour import Behaviour
from lab.aws.faults import Fault
from lab.local_eks import CONFIGURATION, LocalEks
from lab.settings import CLUSTER
from registrar.errors import EntryDenied, NotYetVisible, Throttled, TooLarge
from registrar.marks import MANAGED_BY
from registrar.report import lines
from registrar.service import Settled
from registrar.sinks import access_entries
from registrar.sinks.access_entries import AccessEntries
from registrar.sinks.entry_record import KEY, entries_of_text

ALLOWED = (
    'allow: [view, "view@*", "edit@*", "group=oncall", policy=AmazonEKSViewPolicy, "policy=AmazonEKSEditPolicy@*"]'
)


@pytest.fixture(scope="module")
def api_eks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEks]:
    """A lab of mode API, in which events reach nobody but who is told of them."""
    text = CONFIGURATION.read_text().replace('allow: [view, "view@*", "edit@*", "group=oncall"]', ALLOWED)
    with LocalEks.start(tmp_path_factory.mktemp("entries"), text, with_function=False, mode="API") as lab:
        yield lab


@pytest.fixture
def api(api_eks: LocalEks, monkeypatch: pytest.MonkeyPatch) -> Iterator[Entrance]:
    """That lab as on its first day, its AWS as the one that boto3 finds, and no role that asks for anything."""
    yield on_its_first_day(api_eks, monkeypatch)
    api_eks.aws.behave(Behaviour())
    api_eks.aws.heal()


def test_the_entry_has_the_whole_arn_our_username_and_our_tags(api: Entrance) -> None:
    """As the design says, and bound to the role as it is now."""
    name = api.role("group=oncall view", path="/dev/team/")
    api.settle(tagging(name))
    role = api.iam.get_role(RoleName=name)["Role"]
    entry = api.entry(name)
    assert entry is not None
    assert entry["principalArn"] == role["Arn"]
    assert entry["username"] == f"eks-registrar:{ACCOUNT}:role/{name}:{{{{SessionName}}}}"
    assert entry["kubernetesGroups"] == ["eks-registrar:view", "oncall"]
    assert entry["type"] == "STANDARD"
    assert entry["tags"] == {MANAGED_BY: "eks-registrar", "eks-registrar/role-id": role["RoleId"]}


def test_an_event_reads_the_entries_of_its_roles_and_no_others(api: Entrance, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many entries the cluster has, one role costs one reading; ListAccessEntries is never called."""
    others = [tagging(api.role("group=oncall")) for _ in range(5)]
    api.settle(*others)
    seen = spy_on_eks(monkeypatch)
    name = api.role("group=oncall")
    assert api.settle(tagging(name)).outcomes[0].error is None
    assert Counter(seen) == {"DescribeCluster": 1, "DescribeAccessEntry": 1, "CreateAccessEntry": 1}
    seen.clear()
    api.settle(tagging(name))
    assert Counter(seen) == {"DescribeCluster": 1, "DescribeAccessEntry": 1, "ListAssociatedAccessPolicies": 1}


def test_a_role_made_again_is_let_in_again(api: Entrance) -> None:
    """Its entry was bound to the RoleId of before: EKS lists it and refuses the role, until it is made again."""
    name = api.role("view", name="made-again")
    api.settle(tagging(name))
    assert eventually(lambda: api.who(name))
    api.iam.delete_role(RoleName=name)
    api.role("view", name=name)
    assert api.who(name) is None
    settled = api.settle(event("CreateRole", name))
    assert [said for said in messages(settled) if "made again" in said]
    assert eventually(lambda: api.who(name))
    assert not api.settle(tagging(name)).results[0].written


def test_a_sweep_finds_dead_entries_heals_ours_and_reports_those_of_others(api: Entrance) -> None:
    """Of a role that was made again, and of one that has gone."""
    ours, again, gone = api.role("view"), api.new_role(), api.new_role()
    api.settle(tagging(ours))
    for role in (again, gone):
        api.enter(role, kubernetesGroups=["by-hand"])
        api.iam.delete_role(RoleName=role.rpartition("/")[2])
    api.iam.delete_role(RoleName=ours)
    api.role("view", name=ours)
    api.role(name=again.rpartition("/")[2])
    foreign = {role: api.entry(role.rpartition("/")[2]) for role in (again, gone)}
    [result] = api.registrar().sweep(ACCOUNT)
    assert result.complete
    dead = "\n".join(result.dead)
    assert f"{again} any more: its role was made again" in dead
    assert f"{gone} any more: its role has gone" in dead
    assert eventually(lambda: api.who(ours))
    assert {role: api.entry(role.rpartition("/")[2]) for role in (again, gone)} == foreign


@pytest.mark.parametrize("compares", ["new", "old"])
def test_what_somebody_wrote_into_our_entry_goes_again(api: Entrance, compares: str) -> None:
    """Username, groups, access policies; whichever way IAM judges an update, which AWS has not documented."""
    api.lab.aws.behave(Behaviour(update_compares=compares))
    name = api.role("view")
    api.settle(tagging(name))
    right, arn = api.entry(name), api.arn(name)
    api.eks.update_access_entry(
        clusterName=CLUSTER, principalArn=arn, username="admin", kubernetesGroups=["eks-registrar:view", "by-hand"]
    )
    api.associate(arn, VIEW.replace("View", "ClusterAdmin"))
    [result] = api.registrar().sweep(ACCOUNT)
    assert result.errors == {}
    healed = api.entry(name)
    assert healed is not None
    assert right is not None
    assert {key: healed[key] for key in ("username", "kubernetesGroups", "tags")} == {
        key: right[key] for key in ("username", "kubernetesGroups", "tags")
    }
    assert api.policies(name) == {}
    assert [result.written for result in api.registrar().sweep(ACCOUNT)] == [False]


def test_what_iam_does_not_let_us_give_keeps_nothing_that_is_to_go(api: Entrance) -> None:
    """A rule was added and the stack not deployed: the new group is refused, the old one goes all the same."""
    policy = api.registrar().policy
    rule = replace(policy.rules[0], allow=tuple(g for g in policy.rules[0].allow if g.kind != "group"))
    grown = replace(rule, allow=(*rule.allow, replace(policy.rules[0].allow[3], name="not-deployed")))
    name = api.role("view group=oncall")
    api.settle(tagging(name))
    api.tag(name, "group=not-deployed view")
    settled = api.settle(tagging(name), policy=replace(policy, rules=(grown,)))
    assert isinstance(settled.outcomes[0].error, EntryDenied)
    assert "cdk deploy" in str(settled.outcomes[0].error)
    entry = api.entry(name)
    assert entry is not None
    assert entry["kubernetesGroups"] == ["eks-registrar:view"]


def test_at_the_limit_nothing_is_granted_and_removals_go_on(api: Entrance) -> None:
    """EKS refuses, for event and sweep alike; both say what to do, and the one that goes makes room."""
    first, second = api.role("view"), api.role("view")
    api.settle(tagging(first))
    standing = len(api.eks.list_access_entries(clusterName=CLUSTER)["accessEntries"])
    api.lab.aws.behave(Behaviour(quota=standing))
    settled = api.settle(tagging(second))
    assert isinstance(settled.outcomes[0].error, TooLarge)
    [swept] = api.registrar().sweep(ACCOUNT)
    assert swept.entries == standing
    assert [type(error) for error in swept.errors.values()] == [TooLarge]
    assert f"it had {standing} when they were read" in str(next(iter(swept.errors.values())))
    api.tag(first, "view group=oncall")
    assert api.settle(tagging(first)).outcomes[0].error is None, "who is in may get more"
    api.untag(first)
    assert api.settle(tagging(first), tagging(second)).outcomes[0].error is None
    assert api.entry(first) is None
    assert api.entry(second) is not None


def test_a_sweep_reads_many_entries_as_it_reads_few(api: Entrance, monkeypatch: pytest.MonkeyPatch) -> None:
    """By lists of who has which access policy, and several at once; under the rights of the registrar's role."""
    with_policy, without = api.role("view policy=AmazonEKSViewPolicy"), api.role("group=oncall")
    api.settle(tagging(with_policy), tagging(without))
    by_hand, no_policy = api.new_role(), api.new_role()
    api.enter(by_hand, kubernetesGroups=["by-hand"])
    api.enter(no_policy)
    api.associate(by_hand, VIEW, "default", "kube-system")
    api.associate(by_hand, VIEW.replace("View", "Edit"))
    seen, registrar = spy_on_eks(monkeypatch), api.registrar()
    place = registrar.open_cluster(registrar.clusters[0]).rows
    assert isinstance(place, AccessEntries)
    one_by_one = place.read(whole=True)
    record = place.record(one_by_one)
    assert "ListAccessPolicies" not in seen
    assert Counter(seen)["ListAssociatedAccessPolicies"] > 3
    monkeypatch.setattr(access_entries, "FEW", 0)
    monkeypatch.setattr(access_entries, "in_their_turn", lambda *_: frozenset[str]())
    seen.clear()
    many = place.read(whole=True)
    assert many.entries == one_by_one.entries
    assert many.held == replace(one_by_one, moment=many.moment).held
    assert place.record(many) == record
    assert many.entries[api.arn(with_policy).lower()].policies
    policies = len(api.eks.list_access_policies()["accessPolicies"])
    with_any = sum(bool(one.policies) for one in entries_of_text(record.data[KEY]))
    assert with_any < len(many.entries)
    assert Counter(seen) == {
        "ListAccessEntries": 1 + policies,
        "ListAccessPolicies": 1,
        "DescribeAccessEntry": len(many.entries),
        "ListAssociatedAccessPolicies": with_any,
    }


def test_a_role_that_eks_does_not_see_yet_is_waited_for(api: Entrance) -> None:
    """IAM is eventually consistent: some looks, then the record returns and is done later."""
    api.lab.aws.behave(Behaviour(principal_visible_after_s=3600))
    name = api.role("view")
    assert isinstance(api.settle(tagging(name)).outcomes[0].error, NotYetVisible)
    api.lab.aws.behave(Behaviour())
    assert api.settle(tagging(name)).outcomes[0].error is None
    assert eventually(lambda: api.who(name))


def test_a_throttled_write_stops_no_removal_that_came_before(api: Entrance) -> None:
    """What is taken away is taken away first; the rest returns to the queue."""
    goes, comes = api.role("view"), api.role("view")
    api.settle(tagging(goes))
    api.untag(goes)
    api.lab.aws.let_fail(Fault("eks:CreateAccessEntry", "ThrottlingException", 429, "slow down", 3))
    settled = api.settle(tagging(comes), tagging(goes))
    assert [type(outcome.error) for outcome in settled.outcomes] == [Throttled, type(None)]
    assert api.entry(goes) is None
    assert api.settle(tagging(comes)).outcomes[0].error is None
    assert eventually(lambda: api.who(comes))


def test_a_sweep_reads_every_page(api: Entrance) -> None:
    """More entries than EKS shows on a page, and the last one is ours and has no role any more."""
    name = api.role("view", name="zz-last")
    api.settle(tagging(name))
    roles = [api.new_role() for _ in range(105)]
    for role in roles:
        api.enter(role)
    api.iam.delete_role(RoleName=name)
    [result] = api.registrar().sweep(ACCOUNT)
    assert [str(change.ref) for change in result.plan.changes] == [f"{ACCOUNT}:role/{name}"] if result.plan else False
    assert api.entry(name) is None


def test_access_policies_are_associated_once_with_their_namespaces_united(api: Entrance) -> None:
    """Two grants of one policy are one association; one for the whole cluster has them all in it."""
    one, two = sorted((api.namespace(), api.namespace()))
    name = api.role(f"policy=AmazonEKSEditPolicy@{one} policy=AmazonEKSEditPolicy@{two} policy=AmazonEKSViewPolicy")
    settled = api.settle(tagging(name))
    assert "custom resources" in "\n".join(messages(settled))
    assert api.policies(name) == {"AmazonEKSEditPolicy": [one, two], "AmazonEKSViewPolicy": []}
    assert api.eventually_allowed(name, "create", "configmap", "x", "-n", two)
    assert api.as_role(name, "get", "pods", "-A").returncode == 0
    assert "configmaps is forbidden" in api.refused(name, "create", "configmap", "x", "-n", "default")
    entry = api.entry(name)
    api.tag(name, f"policy=AmazonEKSEditPolicy@{two}")
    api.settle(tagging(name))
    assert api.policies(name) == {"AmazonEKSEditPolicy": [two]}
    now = api.entry(name)
    assert entry is not None
    assert now is not None
    assert now["createdAt"] == entry["createdAt"], "the entry itself was not made again"


def test_access_policies_of_others_are_never_touched(api: Entrance) -> None:
    """A foreign entry keeps what it has, and its role's tags are a conflict."""
    name = api.role("policy=AmazonEKSViewPolicy view")
    arn = api.arn(name)
    api.enter(arn, kubernetesGroups=["by-hand"])
    api.associate(arn, VIEW.replace("View", "Admin"), "default")
    before = api.entry(name)
    settled = api.settle(tagging(name))
    assert set(verdicts(settled).values()) == {"conflict"}
    assert (api.entry(name), api.policies(name)) == (before, {"AmazonEKSAdminPolicy": ["default"]})


def test_a_node_is_not_a_person_by_its_entry(api: Entrance) -> None:
    """An entry of another kind than STANDARD: whoever is on the node would have the grant."""
    name = api.role("view")
    api.enter(api.arn(name), type="EC2_LINUX")
    settled = api.settle(tagging(name))
    assert verdicts(settled) == {"view": "conflict"}
    assert "a node's access entry (EC2_LINUX)" in "\n".join(messages(settled))


def test_one_tag_that_somebody_spreads_over_everything_makes_nothing_ours(api: Entrance) -> None:
    """The administrator's entry with `managed-by` alone stays: our mark is two tags."""
    arn = api.arn("platform-admin")
    shown = api.entry("platform-admin")
    assert shown is not None
    api.eks.tag_resource(resourceArn=shown["accessEntryArn"], tags={MANAGED_BY: "eks-registrar"})
    [result] = api.registrar().sweep(ACCOUNT)
    assert result.plan is not None
    assert result.plan.changes == ()
    assert arn in api.eks.list_access_entries(clusterName=CLUSTER)["accessEntries"]


def messages(settled: Settled) -> list[str]:
    """What the log says."""
    return [line.message for line in lines(settled)]

"""The rights on access entries, judged by IAM's policy semantics and not by eye."""

from __future__ import annotations

from dataclasses import replace

import pytest

from registrar.grants import Grant, GrantKind
from tests.infra.access_entry_requests import (
    DEVELOPER,
    MARK,
    OTHER_ACCOUNT,
    OURS,
    OWN_ROLE,
    TAGS,
    Call,
    Entry,
    not_as,
    policy_of,
    rights_of,
    verdicts_on,
    with_rule,
)
from tests.infra.iam_judge import ACCOUNT, verdicts

POLICY = policy_of(
    '- {name: dev, clusters: [prod], roles: ["/dev/**"], allow: ["edit@*", view, "admin@team-*", "group=oncall"]}\n'
    '- {name: ops, clusters: [prod], roles: [/ops/root], allow: ["admin@kube-system"], privileged: true}'
)
FOREIGN = Entry(username=DEVELOPER, groups=("platform-admins",))
MARKED = tuple(MARK.items())
TAGGED = tuple(TAGS.items())
THEIRS = (("app.kubernetes.io/managed-by", "terraform"),)
CREATE = Call("CreateAccessEntry", asked=TAGGED)
UPDATE = Call("UpdateAccessEntry", tags=TAGGED)
TAG = Call("TagResource", asked=TAGGED)


def with_groups(call: Call, *groups: str) -> Call:
    """The same call with these groups."""
    return replace(call, entry=replace(call.entry, groups=groups))


def about(call: Call, **changes: str) -> Call:
    """The same call about an entry that differs so."""
    return replace(call, entry=replace(call.entry, **changes))


ALLOWED = [
    CREATE,
    replace(CREATE, asked=MARKED),
    with_groups(CREATE, f"{OURS}:edit@payments", f"{OURS}:view", "oncall"),
    with_groups(CREATE, f"{OURS}:admin@team-b"),
    with_groups(CREATE, f"{OURS}:admin@kube-system"),  # named literally by a rule with the word privileged
    about(
        CREATE,
        principal=f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef",
    ),
    UPDATE,
    with_groups(UPDATE, f"{OURS}:view"),
    Call("DeleteAccessEntry", tags=TAGGED),
    Call("DeleteAccessEntry", FOREIGN, tags=MARKED),  # ours, whatever was made of it: a revocation must go through
    Call("ListAccessEntries"),
    Call("ListAccessPolicies"),
    Call("DescribeAccessEntry", FOREIGN),
    Call("DescribeAccessEntry", Entry(principal=OWN_ROLE)),
    Call("DescribeAccessEntry", Entry(principal=f"arn:aws:iam::{ACCOUNT}:user/bob")),
    Call("ListAssociatedAccessPolicies", FOREIGN),
]
DENIED_CREATES = {
    "type": about(CREATE, kind="EC2_LINUX"),
    "no groups": replace(CREATE, entry=Entry(groups=None)),
    "empty list of groups": with_groups(CREATE),
    "masters": with_groups(CREATE, "system:masters"),
    "masters among ours": with_groups(CREATE, f"{OURS}:view", "system:masters"),
    "another installation's group": with_groups(CREATE, "eks-registrar2:edit@team-a"),
    "the registrar's own group": with_groups(CREATE, "eks-registrar-controller"),
    "a ClusterRole that no rule names": with_groups(CREATE, f"{OURS}:cluster-admin"),
    "the whole cluster, for a namespace": with_groups(CREATE, f"{OURS}:edit"),
    "a namespace, for the whole cluster": with_groups(CREATE, f"{OURS}:view@team-a"),
    "a namespace beside the pattern": with_groups(CREATE, f"{OURS}:admin@payments"),
    "another case": with_groups(CREATE, "OnCall"),
    "a group that begins like a literal one": with_groups(CREATE, "oncall-admins"),
    "a foreign username": about(CREATE, username=DEVELOPER),
    "another installation's username": about(
        CREATE, username=f"eks-registrar2:{ACCOUNT}:role/alice:{{{{SessionName}}}}"
    ),
    "a username of EKS": about(CREATE, username="eks:addon-manager"),
    "a username without the session": about(CREATE, username=f"{OURS}:{ACCOUNT}:role/alice"),
    "a username of another account": about(CREATE, username=f"{OURS}:{OTHER_ACCOUNT}:role/alice:{{{{SessionName}}}}"),
    "a principal of another account": about(CREATE, principal=f"arn:aws:iam::{OTHER_ACCOUNT}:role/alice"),
    "a user": about(CREATE, principal=f"arn:aws:iam::{ACCOUNT}:user/alice"),
    "no mark": replace(CREATE, asked=()),
    "another mark": replace(CREATE, asked=THEIRS),
    "the mark of the registrar's own": replace(
        CREATE, asked=(("app.kubernetes.io/managed-by", "eks-registrar-controller"),)
    ),
    "another cluster": replace(CREATE, cluster="prod-2"),
    "a cluster of another region": replace(CREATE, region="us-east-1"),
    "a cluster of another account": replace(CREATE, account=OTHER_ACCOUNT),
}
DENIED_ON_ENTRIES = {
    "update of an unmarked entry": replace(UPDATE, tags=()),
    "update of a foreign entry": Call("UpdateAccessEntry", FOREIGN, tags=THEIRS),
    "update to a foreign group": with_groups(UPDATE, "platform-admins"),
    "update to no group": replace(UPDATE, entry=Entry(groups=None)),
    "update to a foreign username": about(UPDATE, username="admin"),
    "update in another cluster": replace(UPDATE, cluster="prod2"),
    "deletion of a foreign entry": Call("DeleteAccessEntry", FOREIGN, tags=THEIRS),
    "deletion of an unmarked entry": Call("DeleteAccessEntry"),
    "deletion in another region": Call("DeleteAccessEntry", tags=TAGGED, region="us-east-1"),
    "deletion of a user's entry": Call(
        "DeleteAccessEntry", Entry(principal=f"arn:aws:iam::{ACCOUNT}:user/bob"), tags=MARKED
    ),
    "reading another cluster": Call("ListAccessEntries", cluster="other"),
    "reading an entry of another cluster": Call("DescribeAccessEntry", cluster="other"),
}
DENIED_TAGS = {
    "a foreign entry without tags": replace(TAG, entry=FOREIGN),
    "a foreign entry with another mark": replace(TAG, entry=FOREIGN, tags=THEIRS),
    "an entry in our form with another mark": replace(TAG, tags=THEIRS),
    "a node's entry": about(TAG, kind="EC2_LINUX"),
    "the registrar's own": Call(
        "TagResource", Entry(OWN_ROLE, "eks-registrar-controller:{{SessionName}}"), asked=MARKED
    ),
    "another mark on ours": replace(TAG, asked=THEIRS, tags=TAGGED),
    "no mark on ours": replace(TAG, asked=(("cost-centre", "1"),), tags=TAGGED),
    "a key that is not ours": replace(TAG, asked=(*TAGGED, ("cost-centre", "1")), tags=TAGGED),
    "the mark taken away": Call("UntagResource", tags=TAGGED, untag=("app.kubernetes.io/managed-by",)),
    "half of the mark taken away": Call("UntagResource", tags=TAGGED, untag=(f"{OURS}/role-id",)),
    "the mark taken away with another key": Call("UntagResource", tags=TAGGED, untag=tuple(TAGS)),
    "untagging a foreign entry": Call("UntagResource", FOREIGN, tags=THEIRS, untag=(f"{OURS}/role-id",)),
}


def test_what_the_next_sink_needs_is_allowed() -> None:
    """Entries in our form are made and changed, ours are removed whatever became of them, all are read."""
    assert not_as("Allowed", ALLOWED, POLICY) == []


def test_no_other_entry_can_be_made() -> None:
    """Each thing that makes an entry ours, missing or false, and each cluster that is not the registrar's."""
    assert not_as("Implicitly", list(DENIED_CREATES.values()), POLICY) == []


def test_nothing_is_done_to_a_foreign_entry_and_ours_stay_in_our_form() -> None:
    """The mark on the entry is what counts, and an update keeps username and groups within the rules."""
    assert not_as("Implicitly", list(DENIED_ON_ENTRIES.values()), POLICY) == []


def test_no_tag_makes_a_foreign_entry_ours_and_ours_keep_the_mark() -> None:
    """A tag is what opens an entry to update and deletion, so tagging is as narrow as they are."""
    denied = list(DENIED_TAGS.values())
    assert [(c, v) for c, v in zip(denied, verdicts_on(denied, POLICY), strict=True) if v == "Allowed"] == []


@pytest.mark.parametrize("tags", [TAGGED, ()], ids=["new tags as the resource's", "no tags of the resource"])
def test_an_entry_can_be_tagged_when_it_is_made_in_each_way_that_eks_may_ask(tags: tuple[tuple[str, str], ...]) -> None:
    """EKS does not say whether the new tags are those of the resource already; either is enough."""
    assert verdicts_on([replace(TAG, tags=tags)], POLICY) == ["Allowed"]


@pytest.mark.parametrize("namespace", ["kube-system", "kube-public", "kube-node-lease", OURS])
def test_a_wildcard_reaches_no_privileged_group(namespace: str) -> None:
    """`edit@*` allows every namespace but these: there `edit` writes aws-auth, and only a literal rule gives it."""
    group = f"{OURS}:edit@{namespace}"
    asked = [with_groups(call, f"{OURS}:view", group) for call in (CREATE, UPDATE)]
    assert not_as("Explicitly", asked, POLICY) == []
    assert not_as("Allowed", asked, with_rule(POLICY, Grant(GrantKind.CLUSTER_ROLE, "edit", namespace))) == []


def test_no_template_gets_into_a_group() -> None:
    """Whoever names the session would fill it in: `kube-{{SessionName}}` is in no list of what is privileged."""
    asked = [with_groups(call, f"{OURS}:edit@kube-{{{{SessionName}}}}") for call in (CREATE, UPDATE)]
    assert not_as("Explicitly", asked, POLICY) == []


@pytest.mark.parametrize("arn", [OWN_ROLE, OWN_ROLE.replace("role/eks-registrar", "role/EKS-Registrar")])
def test_nothing_is_done_to_the_registrar_s_own_entry(arn: str) -> None:
    """Not even with our mark on it and in our form; IAM's names ignore case."""
    own = Entry(principal=arn)
    calls = [
        replace(CREATE, entry=own),
        replace(UPDATE, entry=own),
        Call("DeleteAccessEntry", own, tags=TAGGED),
        replace(TAG, entry=own, tags=TAGGED),
        Call("UntagResource", own, tags=TAGGED, untag=(f"{OURS}/role-id",)),
        Call("AssociateAccessPolicy", own, tags=TAGGED, policy="AmazonEKSViewPolicy"),
    ]
    assert not_as("Explicitly", calls, with_rule(POLICY, Grant(GrantKind.POLICY, "AmazonEKSViewPolicy"))) == []


def test_a_group_of_one_cluster_is_not_allowed_in_another() -> None:
    """Clusters share a statement only where their rules are the same."""
    policy = policy_of(
        '- {name: a, clusters: [prod], roles: ["/**"], allow: [view]}\n'
        '- {name: b, clusters: [dev, test], roles: ["/**"], allow: ["edit@team-a"]}',
        ("prod", "dev", "test"),
    )
    edit, view = (with_groups(CREATE, f"{OURS}:{group}") for group in ("edit@team-a", "view"))
    asked = [replace(call, cluster=cluster) for cluster in ("prod", "dev", "test") for call in (edit, view)]
    assert [verdict == "Allowed" for verdict in verdicts_on(asked, policy)] == [False, True, True, False, True, False]
    assert len(rights_of(policy).clusters) == 2


def test_without_two_more_conditions_an_entry_of_no_group_would_pass() -> None:
    """Why `Null` and `ForAnyValue` stand beside `ForAllValues`: that is true of a request without groups."""
    (document,) = rights_of(POLICY).documents()
    for statement in document["Statement"]:
        for operator in ("Null", "ForAnyValue:StringLike"):
            statement.get("Condition", {}).pop(operator, None)
    document["Statement"] = [statement for statement in document["Statement"] if statement["Effect"] == "Allow"]
    without = [replace(CREATE, entry=Entry(groups=None)), with_groups(CREATE)]
    assert verdicts([call.as_json([document]) for call in without]) == ["Allowed", "Allowed"]

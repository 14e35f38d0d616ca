"""The rights on access entries as managed policies: IAM's limits, and what stands in the templates."""

from __future__ import annotations

import fnmatch
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from infra_stage import ROOT, Template, logical_id, resources, synthesised, the_hub

from infra.access_entry_rights import MANAGED_POLICIES_PER_ROLE, ROLE_CHARACTERS
from infra.access_entry_scope import EntryScope
from infra.settings import AppSettings
from infra.tag_guard_document import MANAGED_POLICY_CHARACTERS, render
from registrar.errors import ConfigurationError
from registrar.rights.scope import scope_of
from tests.infra.access_entry_requests import policy_of, rights_of

POLICY, MANAGED = "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"
SETTINGS = AppSettings(ROOT / "examples" / "one-region" / "registrar.yaml")
FIVE = ("prod", "staging", "test", "dev", "sandbox")
EVERYBODY = '- {name: all, clusters: [prod], roles: ["/**"], allow: [view]}'


def rule(cluster: str, grants: int) -> str:
    """A rule of one cluster with that many literal grants, with namespaces of its own."""
    allow = ", ".join(f'"edit@{cluster}-team-{number:03}"' for number in range(grants))
    return f'- {{name: {cluster}, clusters: [{cluster}], roles: ["/**"], allow: [{allow}]}}'


def policies(template: Template, network: str = "") -> dict[str, dict[str, Any]]:
    """The policies of access entries in a template, by their logical ids: of a network, or of all."""
    found = {**resources(template, POLICY), **resources(template, MANAGED)}
    named = re.compile(rf"Network{network or '.+'}AccessEntriesPolicy\d[0-9A-F]{{8}}")
    return {key: one for key, one in found.items() if named.fullmatch(key)}


def test_five_clusters_of_sixty_grants_each_fit_into_what_a_role_takes() -> None:
    """Every group stands in a statement that makes entries and in one that changes them; none is cut in two."""
    policy = policy_of("\n".join(rule(cluster, 60) for cluster in FIVE), FIVE)
    documents = rights_of(policy).documents()
    assert len(documents) <= MANAGED_POLICIES_PER_ROLE
    assert max(len(render(document)) for document in documents) <= MANAGED_POLICY_CHARACTERS
    statements = [statement for document in documents for statement in document["Statement"]]
    assert statements == rights_of(policy).statements()
    listed = [len(s["Condition"].get("ForAllValues:StringLike", {}).get("eks:kubernetesGroups", ()))
              for s in statements if "Condition" in s]  # fmt: skip
    assert sorted(listed)[-11:] == [0] + [60] * 10


def test_clusters_of_the_same_rules_share_their_statements() -> None:
    """Five clusters cost five ARNs then, and not five lists of groups."""
    shared = '- {name: all, clusters: [prod, staging, test, dev, sandbox], roles: ["/**"], allow: ["edit@*"]}'
    one, five = rights_of(policy_of(EVERYBODY)), rights_of(policy_of(shared, FIVE))
    assert len(five.statements()) == len(one.statements()) + 1  # the one more denies what the wildcard must not reach


def test_what_denies_comes_first() -> None:
    """The policies are attached one after the other: no allow waits for its deny."""
    policy = policy_of("\n".join(rule(cluster, 60) for cluster in FIVE), FIVE)
    effects = [statement["Effect"] for statement in rights_of(policy).statements()]
    assert effects == sorted(effects, key=lambda effect: effect != "Deny")


def test_more_groups_than_a_policy_takes_are_a_configuration_error() -> None:
    """It names file, cluster, number and limit, and what to do; the deployment would fail without a word of it."""
    with pytest.raises(ConfigurationError) as error:
        rights_of(policy_of(rule("prod", 200))).documents()
    said = re.fullmatch(
        r"registrar\.yaml: cluster prod: the registrar's right to access entries needs a policy of (\d+) characters"
        r" for 200 Kubernetes groups, and IAM takes 6144\. .*backend: aws-auth there",
        str(error.value),
    )
    assert said
    assert int(said[1]) > MANAGED_POLICY_CHARACTERS


def test_more_namespaces_than_a_policy_takes_are_a_configuration_error() -> None:
    """All namespaces of one access policy stand in one statement, for an entry may have it in any of them."""
    allow = ", ".join(f'"policy=AmazonEKSEditPolicy@a-team-of-some-name-{number:03}"' for number in range(250))
    policy = policy_of(f'- {{name: r, clusters: [prod], roles: ["/**"], allow: [{allow}]}}')
    with pytest.raises(
        ConfigurationError, match=r"cluster prod: .* characters for 250 namespaces of one access policy, and IAM takes"
    ):
        rights_of(policy).documents()


def test_more_policies_than_a_role_takes_are_a_configuration_error() -> None:
    """The clusters of one network share one role."""
    clusters = tuple(f"cluster-{number}" for number in range(6))
    policy = policy_of("\n".join(rule(cluster, 110) for cluster in clusters), clusters)
    with pytest.raises(
        ConfigurationError, match=r"cluster cluster-0, .*cluster-5: .* managed policies, and a role takes 10"
    ):
        rights_of(policy).documents()


@pytest.mark.parametrize("backend", ["", ", backend: auto"])
def test_a_cluster_whose_mode_decides_has_the_rights(backend: str) -> None:
    """The mode is not known at synth, and may be changed without a deployment."""
    assert rights_of(policy_of(EVERYBODY, more=backend)).documents()


def test_in_a_cluster_set_to_aws_auth_by_hand_nothing_can_be_made() -> None:
    """There the registrar writes no entry, whatever the mode is; what it made before, it can take away."""
    (document,) = rights_of(policy_of(EVERYBODY, more=", backend: aws-auth")).documents()
    allowed = [one["Action"] for one in document["Statement"] if one["Effect"] == "Allow"]
    assert allowed == [
        ["eks:ListAccessEntries"], ["eks:DescribeAccessEntry", "eks:ListAssociatedAccessPolicies"],
        ["eks:ListAccessPolicies"], ["eks:DeleteAccessEntry"],
    ]  # fmt: skip


def test_a_network_of_no_clusters_has_none() -> None:
    """An empty list of resources is no policy that IAM takes."""
    assert replace(rights_of(policy_of(EVERYBODY)), clusters=()).documents() == ()


def test_a_cluster_without_rules_may_only_be_read_and_cleaned() -> None:
    """What was given must go when its rules are gone; nothing new is made."""
    policy = policy_of('- {name: a, clusters: [dev], roles: ["/**"], allow: [view]}', ("prod", "dev"))
    made = json.dumps([
        s for s in rights_of(policy).statements() if "cluster/prod" in str(s) and "Create" in str(s["Action"])
    ])  # fmt: skip
    assert made == "[]"
    deletes = [s["Resource"] for s in rights_of(policy).statements() if s["Action"] == ["eks:DeleteAccessEntry"]]
    assert [len(arns) for arns in deletes] == [2]


@pytest.mark.parametrize("group", [
    "view", "edit@team-a", "edit@team-", "edit@payments", "edit@a-prod", "admin@anything", "edit", "edit@kube-system",
])  # fmt: skip
def test_iam_and_the_admission_policy_mean_the_same_groups(group: str) -> None:
    """The patterns of the one are made of the same rules as the expressions of the other."""
    policy = policy_of(
        '- {name: a, clusters: [prod], roles: ["/**"], allow: [view, "edit@team-*", "edit@**-prod", "admin@*"]}'
    )
    (cluster,) = policy.clusters
    scope, patterns = scope_of(policy, cluster), EntryScope.of(policy, cluster).groups
    role, _, namespace = group.partition("@")
    expression = dict(scope.namespaces).get(f"eks-registrar:{role}")
    admitted = f"eks-registrar:{group}" in scope.groups or bool(expression and re.match(expression, namespace))
    assert any(fnmatch.fnmatchcase(f"eks-registrar:{group}", pattern) for pattern in patterns) is admitted


def test_the_hub_attaches_them_to_the_role_of_the_network() -> None:
    """One policy for both clusters; in staging, which is set to aws-auth, entries are only read and removed."""
    hub = the_hub("one-region", "us-east-1")
    (found,) = [one["Properties"] for one in policies(hub).values()]
    assert found["Roles"] == [{"Ref": logical_id(hub, "AWS::IAM::Role", RoleName="eks-registrar-public-us-east-1")}]
    about = {
        name: {action for one in found["PolicyDocument"]["Statement"] if name in str(one) for action in one["Action"]}
        for name in ("/prod", "/staging")
    }
    assert about["/prod"] > about["/staging"] == {
        "eks:ListAccessEntries", "eks:DescribeAccessEntry", "eks:ListAssociatedAccessPolicies", "eks:DeleteAccessEntry",
    }  # fmt: skip
    own = found["PolicyDocument"]["Statement"][0]["Condition"]
    assert own == {
        "StringEqualsIgnoreCase": {"eks:principalArn": "arn:aws:iam::123456789012:role/eks-registrar-public-us-east-1"}
    }


def test_what_does_not_fit_into_the_role_stands_in_managed_policies_one_after_the_other() -> None:
    """Each waits for the one before it; cdk-nag has nothing to say."""
    policy = policy_of("\n".join(rule(cluster, 60) for cluster in FIVE), FIVE)
    made = synthesised(policy, SETTINGS)
    found = policies(made.templates["eks-registrar-eu-west-1"])
    names = sorted(found)
    assert made.violations == []
    assert [found[name]["Type"] for name in names] == [POLICY] + [MANAGED] * (len(names) - 1)
    assert len(names) > 2
    assert [found[name].get("DependsOn") for name in names] == [None, *([name] for name in names[:-1])]


def test_the_largest_policy_of_entries_fits_into_a_role_beside_the_rest() -> None:
    """All policies that are a role's own have one limit together; this is a role in a VPC, which has the most."""
    template = the_hub("private-networks", "eu-west-1")
    rest = [
        re.sub(r"\s", "", json.dumps(one["Properties"]["PolicyDocument"]))
        for key, one in resources(template, POLICY).items()
        if key.startswith(("NetworkcorpRights", "NetworkcorpVpcRights")) and key not in policies(template)
    ]
    assert len(rest) == 2
    assert sum(len(text) for text in rest) + MANAGED_POLICY_CHARACTERS <= ROLE_CHARACTERS


@pytest.mark.parametrize(("example", "region", "partition"), [
    ("govcloud", "us-gov-east-1", "aws-us-gov"), ("china", "cn-north-1", "aws-cn"),
])  # fmt: skip
def test_every_arn_is_of_the_partition(example: str, region: str, partition: str) -> None:
    """Of clusters, entries, principals and the role alike."""
    text = json.dumps(policies(the_hub(example, region)))
    assert set(re.findall(r"arn:([a-z-]+):", text)) == {partition}


def test_a_network_s_role_has_rights_on_its_own_clusters_only() -> None:
    """The function of the VPC of payments cannot even list the entries of the public cluster."""
    (found,) = policies(the_hub("private-networks", "eu-west-1"), "payments").values()
    text = json.dumps(found["Properties"]["PolicyDocument"])
    assert set(re.findall(r"(?:cluster|access-entry)/([\w-]+)", text)) == {"payments"}

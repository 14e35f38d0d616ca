"""The registrar's own rights are generated from the rules, and are no wider than they are."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from registrar import configuration
from registrar.errors import ConfigurationError
from registrar.grants import Grant, GrantKind
from registrar.manifests import create_aws_auth, hash_annotation, manifests, render
from registrar.policy import Policy, Rule

GOLDEN = Path(__file__).parents[1] / "golden" / "manifests"
CASES = {"lab": "lab", "renamed": "prod", "several_rules": "prod", "access_entries": "new"}
MANAGED_BY = "app.kubernetes.io/managed-by"


def policy_of(case: str) -> Policy:
    """The configuration of a golden case."""
    return configuration.load(GOLDEN / case / "registrar.yaml")


def with_grant(policy: Policy, grant: Grant, privileged: bool = False) -> Policy:
    """The same policy with one rule more in its first cluster, which allows one grant."""
    first = policy.clusters[0]
    rule = Rule("more", (first.tag,), (first.account,), ("/more",), allow=(grant,), privileged=privileged)
    return replace(policy, rules=(*policy.rules, rule))


def of_kind(objects: list[dict[str, Any]], kind: str, name: str) -> dict[str, Any]:
    """The one object of that kind and name."""
    (found,) = [item for item in objects if item["kind"] == kind and item["metadata"]["name"] == name]
    return found


def hash_of(policy: Policy) -> str:
    """The hash that all objects carry."""
    annotation = hash_annotation(policy.installation)
    (found,) = {item["metadata"]["annotations"][annotation] for item in manifests(policy, policy.clusters[0])}
    return str(found)


def bindable(policy: Policy, cluster: str) -> list[str]:
    """The ClusterRoles that the registrar may bind."""
    role = of_kind(manifests(policy, cluster), "ClusterRole", f"{policy.installation}-controller")
    (rule,) = [rule for rule in role["rules"] if "bind" in rule["verbs"]]
    names: list[str] = rule["resourceNames"]
    return names


def variable(policy: Policy, name: str) -> str:
    """A variable of the admission policy on bindings."""
    item = of_kind(
        manifests(policy, policy.clusters[0]), "ValidatingAdmissionPolicy", f"{policy.installation}-bindings"
    )
    (found,) = [v["expression"] for v in item["spec"]["variables"] if v["name"] == name]
    return str(found)


@pytest.mark.parametrize("case", CASES)
def test_the_manifests_are_those_of_the_golden_file(case: str) -> None:
    """A change of any right is a change of a file that a person reads."""
    policy = policy_of(case)
    assert render(manifests(policy, CASES[case])) == (GOLDEN / case / "manifests.yaml").read_text()


@pytest.mark.parametrize("case", CASES)
def test_the_text_holds_the_objects_and_nothing_else(case: str) -> None:
    """What kubectl reads from the text is what the function returned, in this order."""
    objects = manifests(policy_of(case), CASES[case])
    assert list(yaml.safe_load_all(render(objects))) == objects


def test_a_cluster_may_be_given_as_itself_or_by_its_tag() -> None:
    """Both name the same cluster; an unknown tag is an error that names the known ones."""
    policy = policy_of("several_rules")
    assert manifests(policy, policy.cluster("prod")) == manifests(policy, "prod")
    with pytest.raises(KeyError, match="prod, test"):
        manifests(policy, "stage")


@pytest.mark.parametrize("case", CASES)
def test_no_right_is_wild(case: str) -> None:
    """No rule names all verbs, all resources or all groups, and nothing is to be read in bulk but bindings."""
    roles = [item for item in manifests(policy_of(case), CASES[case]) if "rules" in item]
    assert len(roles) == 3
    for rule in (rule for role in roles for rule in role["rules"]):
        assert "*" not in (*rule["verbs"], *rule["resources"], *rule["apiGroups"], *rule.get("resourceNames", ()))
        assert not {"escalate", "impersonate", "watch", "deletecollection"} & set(rule["verbs"])
        if "configmaps" in rule["resources"]:
            assert rule["resourceNames"]
            assert set(rule["verbs"]) == {"get", "update", "patch"}


@pytest.mark.parametrize("case", CASES)
def test_every_object_is_marked_as_the_registrars_own(case: str) -> None:
    """The mark is not that of what it grants, so it never plans against its own objects."""
    policy = policy_of(case)
    for item in manifests(policy, CASES[case]):
        assert item["metadata"]["labels"] == {MANAGED_BY: f"{policy.installation}-controller"}
        if item["kind"].endswith("Binding") and "subjects" in item:
            assert [subject["name"] for subject in item["subjects"]] == [f"{policy.installation}-controller"]


def test_it_may_bind_what_the_rules_of_this_cluster_name_and_nothing_else() -> None:
    """Roles of `allow` and `give`, of this cluster alone."""
    policy = policy_of("several_rules")
    assert bindable(policy, "prod") == ["acme.io:reader", "cluster-admin", "edit", "view"]
    assert bindable(policy, "test") == ["admin"]


def test_a_cluster_without_cluster_roles_gives_no_right_to_bind() -> None:
    """A rule without names would mean every role."""
    policy = policy_of("lab")
    only_groups = replace(policy.rules[0], allow=(Grant(GrantKind.GROUP, "oncall"),))
    role = of_kind(manifests(replace(policy, rules=(only_groups,)), "lab"), "ClusterRole", "eks-registrar-controller")
    assert not [rule for rule in role["rules"] if "bind" in rule["verbs"]]


@pytest.mark.parametrize(
    "grant",
    [
        Grant(GrantKind.CLUSTER_ROLE, "deployer", "payments"),
        Grant(GrantKind.CLUSTER_ROLE, "edit", "payments-*"),
        Grant(GrantKind.GROUP, "auditors"),
    ],
    ids=lambda grant: grant.text,
)
def test_a_rule_that_names_something_new_changes_the_hash(grant: Grant) -> None:
    """So that it can be seen in the cluster that the manifests are to be applied again."""
    policy = policy_of("lab")
    assert hash_of(with_grant(policy, grant)) != hash_of(policy)


def test_a_rule_that_names_nothing_new_keeps_the_hash() -> None:
    """Another role that may ask for the same needs no new rights."""
    policy = policy_of("lab")
    assert hash_of(with_grant(policy, Grant(GrantKind.CLUSTER_ROLE, "view"))) == hash_of(policy)


def test_names_with_special_characters_mean_themselves() -> None:
    """A dot or a plus of a name is no expression, neither in a group nor in a namespace."""
    policy = policy_of("several_rules")
    assert "'on.call': true" in variable(policy, "groups")
    assert "'a+b': true" in variable(policy, "groups")
    odd = with_grant(policy, Grant(GrantKind.CLUSTER_ROLE, "edit", "a.b*"))
    assert r"a\\.b[a-z0-9-]*" in variable(odd, "namespaces")


@pytest.mark.parametrize("name", ["it's", 'a"b', "a\\b"])
def test_a_name_cannot_end_the_text_that_holds_it(name: str) -> None:
    """Whatever the configuration lets pass, quotes and backslashes stay within the literal."""
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    assert f"'{escaped}': true" in variable(with_grant(policy_of("lab"), Grant(GrantKind.GROUP, name)), "groups")


@pytest.mark.parametrize("name", ["a\nb", "a\u2028b", "café"])
def test_a_name_that_no_literal_can_safely_hold_is_an_error(name: str) -> None:
    """Nothing is refused in silence."""
    with pytest.raises(ValueError, match="holds a character"):
        manifests(with_grant(policy_of("lab"), Grant(GrantKind.GROUP, name)), "lab")


def test_rows_are_for_the_accounts_of_the_rules() -> None:
    """A role of an account that no rule of the cluster names can have no row."""
    policy = policy_of("lab")
    more = Rule("more", ("lab",), ("111122223333",), ("/more",), allow=(Grant(GrantKind.CLUSTER_ROLE, "view"),))
    elsewhere = replace(more, name="elsewhere", clusters=("other",), accounts=("444455556666",))
    accounts = variable(replace(policy, rules=(*policy.rules, more, elsewhere)), "accounts")
    assert accounts == "{\n  '111122223333': true,\n  '123456789012': true\n}"


def test_a_wildcard_reaches_no_guarded_namespace() -> None:
    """`edit@*` is not `edit@kube-system`; a rule that names it is; `view` may go everywhere."""
    wild = policy_of("lab")
    assert "'eks-registrar:edit@kube-system': true" in variable(wild, "never")
    assert "'eks-registrar:edit@eks-registrar': true" in variable(wild, "never")
    assert "view@" not in variable(wild, "never")
    exact = policy_of("several_rules")
    assert "'team-a:edit@kube-system': true" in variable(exact, "groups")


def test_a_privileged_grant_counts_only_in_a_privileged_rule() -> None:
    """The rights follow what the policy would ever allow."""
    grant = Grant(GrantKind.CLUSTER_ROLE, "edit")
    policy = policy_of("lab")
    assert "'eks-registrar:edit': true" not in variable(with_grant(policy, grant), "groups")
    assert "'eks-registrar:edit': true" in variable(with_grant(policy, grant, privileged=True), "groups")


def test_applying_again_keeps_the_history() -> None:
    """The ConfigMaps come without data, so that `kubectl apply` leaves theirs alone."""
    kept = [item for item in manifests(policy_of("lab"), "lab") if item["kind"] == "ConfigMap"]
    assert [item["metadata"]["name"] for item in kept] == [f"history-{number}" for number in range(10)]
    assert not any("data" in item for item in kept)


def test_expressions_use_what_older_clusters_know() -> None:
    """Functions that came to new policies with 1.35 would stop every write on a cluster before it."""
    text = render(manifests(policy_of("several_rules"), "prod"))
    for newer in (
        ".slice(",
        ".distinct(",
        ".flatten(",
        ".reverse(",
        ".sort(",
        ".sortBy(",
        ".first()",
        ".last()",
        "transform",
    ):
        assert newer not in text


def test_access_entries_by_hand_keep_the_rights_to_aws_auth() -> None:
    """A cluster whose mode is API_AND_CONFIG_MAP reads both: a row of ours that stayed behind must be seen, and go."""
    policy = policy_of("access_entries")
    new = policy.cluster("new")
    assert manifests(policy, new) == manifests(policy, replace(new, backend="auto"))
    role = next(item for item in manifests(policy, new) if item["metadata"].get("namespace") == "kube-system")
    assert [rule["resourceNames"] for rule in role["rules"]] == [["aws-auth"]]


def test_an_access_policy_in_a_rule_needs_no_right_in_kubernetes() -> None:
    """EKS authorises it; the manifests need not be applied again."""
    policy = policy_of("access_entries")
    more = with_grant(policy, Grant(GrantKind.POLICY, "AmazonEKSAdminPolicy", "team-a"))
    assert hash_of(more) == hash_of(policy)


def test_a_cluster_that_gets_no_kubernetes_call_has_no_manifests() -> None:
    """No call means no right, so there is nothing to apply."""
    assert manifests(policy_of("access_entries"), "bare") == []


@pytest.mark.parametrize("cluster", ["new", "bare"])
def test_no_aws_auth_is_made_where_nothing_reads_it(cluster: str) -> None:
    """It is an error that says why: somebody took one cluster for another."""
    with pytest.raises(
        ConfigurationError, match=f"cluster {cluster} is written by access entries: it needs no aws-auth"
    ):
        create_aws_auth(policy_of("access_entries").cluster(cluster))


def test_the_empty_aws_auth_maps_nobody() -> None:
    """It is for a person to apply where there is none at all."""
    empty = create_aws_auth(policy_of("lab").cluster("lab"))
    assert (empty["metadata"]["namespace"], empty["metadata"]["name"]) == ("kube-system", "aws-auth")
    assert empty["data"] == {"mapRoles": ""}

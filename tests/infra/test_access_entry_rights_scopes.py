"""Where an access policy may be given: by the rights no wider than by the rules. Judged by IAM's policy semantics."""

from __future__ import annotations

import pytest

from infra.access_policy_rights import LITERAL_WILDCARDS
from registrar import configuration
from registrar.policy import Policy
from tests.infra.access_entry_requests import MARK, OURS, Call, not_as, policy_of, rights_of
from tests.infra.iam_judge import ACCOUNT, verdicts

VIEW, EDIT, ADMIN = (f"AmazonEKS{name}Policy" for name in ("View", "Edit", "Admin"))
GUARDED = ("kube-system", "kube-public", "kube-node-lease", OURS)


def rules(*grants: str, privileged: tuple[str, ...] = ()) -> Policy:
    """A configuration that allows these access policies, some of them by a privileged rule of its own."""
    lines = [f'- {{name: dev, clusters: [prod], roles: ["/dev/**"], allow: [{_listed(grants)}]}}'] if grants else []
    if privileged:
        lines.append(
            f"- {{name: ops, clusters: [prod], roles: [/ops/root], privileged: true, allow: [{_listed(privileged)}]}}"
        )
    return policy_of("\n".join(lines))


def _listed(grants: tuple[str, ...]) -> str:
    return ", ".join(f'"policy={grant}"' for grant in grants)


def in_namespaces(policy: str, *namespaces: str) -> Call:
    """The access policy associated with an entry of ours, in these namespaces."""
    return Call(
        "AssociateAccessPolicy", tags=tuple(MARK.items()), policy=policy, scope="namespace", namespaces=namespaces
    )


def in_cluster(policy: str) -> Call:
    """The access policy associated with an entry of ours, in the whole cluster."""
    return Call("AssociateAccessPolicy", tags=tuple(MARK.items()), policy=policy, scope="cluster")


TEAMS = rules(f"{EDIT}@team-*", f"{VIEW}@*")
FORMS = {
    "no scope": Call("AssociateAccessPolicy", tags=tuple(MARK.items()), policy=EDIT),
    "no scope, namespaces": Call(
        "AssociateAccessPolicy", tags=tuple(MARK.items()), policy=EDIT, namespaces=("team-a",)
    ),
    "no namespaces": Call("AssociateAccessPolicy", tags=tuple(MARK.items()), policy=EDIT, scope="namespace"),
    "an empty list": in_namespaces(EDIT),
    "an empty name": in_namespaces(EDIT, ""),
    "the whole cluster, with namespaces": Call(
        "AssociateAccessPolicy", tags=tuple(MARK.items()), policy=EDIT, scope="cluster", namespaces=("team-a",)
    ),
    "another scope": Call(
        "AssociateAccessPolicy", tags=tuple(MARK.items()), policy=EDIT, scope="namespaces", namespaces=("team-a",)
    ),
}


def test_an_access_policy_is_given_where_a_pattern_of_the_rules_covers_every_namespace() -> None:
    """Also in several at once, as the registrar unites them."""
    asked = [in_namespaces(EDIT, "team-a"), in_namespaces(EDIT, "team-a", "team-b"), in_namespaces(VIEW, "payments")]
    assert not_as("Allowed", asked, TEAMS) == []


def test_a_rule_for_namespaces_gives_the_policy_neither_for_the_cluster_nor_elsewhere() -> None:
    """One namespace beside the pattern is enough to refuse the call, and each policy has patterns of its own."""
    asked = [in_cluster(EDIT), in_cluster(VIEW), in_namespaces(EDIT, "payments"), in_namespaces(EDIT, "team-a", "prod")]
    assert not_as("Implicitly", asked, TEAMS) == []


@pytest.mark.parametrize("call", FORMS.values(), ids=FORMS.keys())
def test_a_scope_that_says_less_than_it_must_is_refused(call: Call) -> None:
    """`ForAllValues` is true of no namespace at all, so `Null` and `ForAnyValue` stand beside it."""
    assert not_as("Implicitly", [call], TEAMS) == []


def test_a_rule_for_the_whole_cluster_gives_no_single_namespace() -> None:
    """A pattern matches the grant's text and nothing else; both stand side by side if the rules name both."""
    whole = rules(VIEW)
    assert not_as("Allowed", [in_cluster(VIEW)], whole) == []
    assert not_as("Implicitly", [in_namespaces(VIEW, "team-a"), in_namespaces(VIEW, "kube-system")], whole) == []
    both = rules(VIEW, f"{VIEW}@team-*")
    assert not_as("Allowed", [in_cluster(VIEW), in_namespaces(VIEW, "team-a")], both) == []


@pytest.mark.parametrize("namespace", ["*", "team-*", "team-*-x", "kube-*", "*system", "team-?", "tea?-a"])
@pytest.mark.parametrize("pattern", ["*", "team-*"])
def test_no_wildcard_in_a_request_passes_for_a_letter(namespace: str, pattern: str) -> None:
    """EKS would read it as a wildcard: `team-*` would reach what no rule has named yet, `*` reach kube-system."""
    policy = rules(f"{EDIT}@{pattern}", f"{VIEW}@{pattern}")
    asked = [in_namespaces(name, "team-a", namespace) for name in (EDIT, VIEW)]
    assert not_as("Explicitly", asked, policy) == []


def test_without_the_deny_a_wildcard_in_a_request_would_pass() -> None:
    """Why it stands there."""
    (document,) = rights_of(rules(f"{EDIT}@*")).documents()
    document["Statement"] = [one for one in document["Statement"] if one["Effect"] == "Allow"]
    asked = [in_namespaces(EDIT, "*"), in_namespaces(EDIT, "kube-system")]
    assert verdicts([call.as_json([document]) for call in asked]) == ["Allowed", "Allowed"]


@pytest.mark.parametrize("namespace", GUARDED)
@pytest.mark.parametrize("policy", [EDIT, ADMIN])
def test_a_wildcard_reaches_no_guarded_namespace(policy: str, namespace: str) -> None:
    """`AmazonEKSEditPolicy` in kube-system writes aws-auth: only a privileged rule that names it gives it there."""
    asked = [in_namespaces(policy, namespace), in_namespaces(policy, "team-a", namespace)]
    assert not_as("Explicitly", asked, rules(f"{policy}@*")) == []
    named = rules(f"{policy}@*", privileged=(f"{policy}@{namespace}",))
    assert not_as("Allowed", asked, named) == []
    rest = [in_namespaces(policy, other) for other in GUARDED if other != namespace]
    assert not_as("Explicitly", rest, named) == []
    assert not_as("Allowed", asked[:1], rules(privileged=(f"{policy}@{namespace}",))) == []


def test_what_is_named_for_one_policy_is_not_named_for_another() -> None:
    """A Deny beats every Allow, so each policy has a list of its own."""
    policy = rules(f"{EDIT}@*", f"{ADMIN}@*", privileged=(f"{EDIT}@kube-system",))
    assert not_as("Allowed", [in_namespaces(EDIT, "kube-system")], policy) == []
    assert not_as("Explicitly", [in_namespaces(ADMIN, "kube-system")], policy) == []


@pytest.mark.parametrize("namespace", GUARDED)
def test_view_is_privileged_nowhere(namespace: str) -> None:
    """`view` reads no Secrets: `policy.py` lets a wildcard give it everywhere."""
    assert not_as("Allowed", [in_namespaces(VIEW, namespace)], TEAMS) == []


def test_the_namespace_of_a_former_name_is_guarded_too() -> None:
    """The old installation's history may still stand there."""
    text = (
        f'formerly: [old-name]\nclusters:\n- {{name: prod, account: "{ACCOUNT}", region: eu-west-1}}\nrules:\n'
        f'- {{name: dev, clusters: [prod], roles: ["/**"], allow: ["policy={EDIT}@*"]}}\n'
    )
    asked = [in_namespaces(EDIT, "old-name"), in_namespaces(EDIT, OURS)]
    assert not_as("Explicitly", asked, configuration.parse(text)) == []


def test_a_policy_is_parted_whatever_its_scope_was() -> None:
    """Taking away is no danger, and an entry may have been widened by somebody else."""
    parted = Call("DisassociateAccessPolicy", tags=tuple(MARK.items()), policy=EDIT)
    assert not_as("Allowed", [parted], TEAMS) == []


def test_policies_that_may_be_given_in_the_same_places_share_their_statements() -> None:
    """Three policies cost three ARNs then; one with other namespaces costs a statement of its own."""
    one, three = rules(f"{EDIT}@team-*"), rules(*(f"{name}@team-*" for name in (EDIT, ADMIN, VIEW)))
    other = rules(f"{EDIT}@team-*", f"{ADMIN}@shop-*")
    count = len(rights_of(one).statements())
    # View has a Deny of its own, since it is privileged nowhere.
    assert [len(rights_of(policy).statements()) - count for policy in (three, other)] == [1, 1]


def test_the_deny_of_wildcards_holds_the_letters_themselves() -> None:
    """A pattern without IAM's escape would deny every namespace, and one with a misspelt escape none."""
    denied = [one for one in rights_of(TEAMS).statements() if "eks:namespaces" in str(one) and one["Effect"] == "Deny"]
    assert [one["Condition"]["ForAnyValue:StringLike"]["eks:namespaces"][-2:] for one in denied] == [
        list(LITERAL_WILDCARDS)
    ] * 2

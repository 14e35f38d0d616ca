"""The tables of docs/policy.md are what the rules do."""

from __future__ import annotations

import pytest
from pages import page, rows

from registrar import configuration
from registrar.errors import ConfigurationError
from registrar.policy import Policy
from registrar.tags import parse_grant

GUIDE = page("docs/policy.md")
HEAD = 'clusters:\n- {name: prod, account: "123456789012", region: eu-west-1}\nrules:\n'


def policy_that_allows(pattern: str) -> Policy:
    """One rule, not privileged, with one pattern."""
    return configuration.parse(f'{HEAD}- {{name: r, roles: ["/**"], clusters: [prod], allow: ["{pattern}"]}}\n')


def is_allowed(text: str, policy: Policy) -> bool:
    """Whether that rule allows a grant."""
    grant = parse_grant(text)
    assert grant is not None
    return policy.allowing_rule(grant, policy.rules) is not None


@pytest.mark.parametrize(("pattern", "allowed", "denied"), rows(GUIDE, "Patterns"))
def test_a_pattern_allows_what_the_table_says_and_no_more(pattern: str, allowed: str, denied: str) -> None:
    """Both columns are asked for, under a rule with just this pattern."""
    policy = policy_that_allows(pattern.strip("`"))
    assert is_allowed(allowed.strip("`"), policy)
    for text in denied.split(", "):
        assert not is_allowed(text.strip("`"), policy)


@pytest.mark.parametrize("grant", [
    "cluster-admin", "edit", "edit@kube-system", "edit@eks-registrar", "policy=AmazonEKSClusterAdminPolicy@a",
    "policy=AmazonEKSAdminViewPolicy", "policy=AmazonEKSSecretReaderPolicy@a", "policy=AmazonEKSEditPolicy",
    "policy=AmazonEKSAdminPolicy@kube-system",
])  # fmt: skip
def test_a_privileged_grant_needs_its_word_in_the_rule(grant: str) -> None:
    """The loader refuses the rule without `privileged: true`, as the guide says."""
    with pytest.raises(ConfigurationError, match="privileged: true"):
        policy_that_allows(grant)


@pytest.mark.parametrize("grant", ["system:node", "eks:addon", "group=system:masters", "group=eks-registrar:edit@x"])
def test_what_is_never_granted_is_an_error_in_the_file(grant: str) -> None:
    """Whatever a rule says."""
    with pytest.raises(ConfigurationError, match="expected another grant"):
        policy_that_allows(grant)


@pytest.mark.parametrize(
    "line",
    [
        "rules[users]: [a]",
        "rules[groups]: [a]",
        "rules[mustExpire]: true",
        "rules[maxDuration]: 8h",
        "rules[accounts]: ['111122223333']",
    ],
)
def test_what_the_guide_calls_not_yet_supported_stops_the_loading(line: str) -> None:
    """No key is ignored, and none is half done."""
    place, _, value = line.partition(": ")
    key = place.partition("[")[2].rstrip("]")
    rule = {"name": "r", "roles": '["/**"]', "clusters": "[prod]", "allow": "[view]", key: value}
    with pytest.raises(ConfigurationError, match="not yet supported"):
        configuration.parse(f"{HEAD}- {_flow(rule)}\n")
    assert f"`{key}`" in GUIDE


def _flow(entries: dict[str, str]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in entries.items()) + "}"

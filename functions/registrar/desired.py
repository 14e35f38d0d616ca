"""What each principal should have in one cluster, by IAM and the policy alone. Pure.

``desired`` knows nothing of what the cluster holds; that is ``plan``'s part.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from registrar import tags
from registrar.events import is_ours
from registrar.fit import lacking, unfit
from registrar.grants import Grant
from registrar.marks import group_of
from registrar.model import SERVICE_LINKED_PATH, Asked, Decision, Desired, Gone, Outside, Principal, Role, Verdict
from registrar.policy import Cluster, Policy, Rule, is_privileged

NODE_SERVICES = frozenset({"ec2", "eks-nodegroup", "eks-fargate-pods", "ssm"})


def desired(principals: Iterable[Principal], policy: Policy, cluster: Cluster) -> tuple[Desired, ...]:
    """What each of the principals should have in the cluster, in the order given."""
    return tuple(_desired(principal, policy, cluster) for principal in principals)


def has_a_say(role: Role, policy: Policy, cluster: Cluster) -> bool:
    """Whether a role asks for anything, or is given it: of most roles of an account a sweep need know no more."""
    if any(is_ours(key, policy.tag_prefix) for key, _ in role.tags):
        return True
    return any(rule.give for rule in policy.rules_for(role, cluster))


def _desired(principal: Principal, policy: Policy, cluster: Cluster) -> Desired:
    if isinstance(principal, Outside):
        return Desired(principal.ref, None, notes=(principal.why,))
    if isinstance(principal, Gone):
        return Desired(principal.ref, None)
    decisions = tuple(_decisions(principal, policy, cluster))
    tampered = tags.tampered_keys(principal.tags, policy.tag_prefix, [c.tag for c in policy.clusters])
    notes = tuple(f"tag key {key!a} differs from one of ours only in case: it grants nothing" for key in tampered)
    return Desired(principal.ref, principal, decisions, notes)


def _decisions(role: Role, policy: Policy, cluster: Cluster) -> Iterator[Decision]:
    node = node_reason(role)
    rules = [r for r in policy.rules_for(role, cluster) if node is None or r.names_exactly(role)]
    for asked in tags.asked_by(role.tags, policy.tag_prefix, cluster.tag):
        if asked.grant is None:
            yield Decision(asked, Verdict.REFUSED, asked.problem or "it cannot be read")
        else:
            yield _judge(asked, role, rules, policy, cluster)
    yield from _given(rules, policy, cluster)


def _judge(asked: Asked, role: Role, rules: Sequence[Rule], policy: Policy, cluster: Cluster) -> Decision:
    grant = asked.grant
    assert grant is not None
    forbidden = policy.forbidden(grant) or unfit(grant, cluster)
    if forbidden is not None:
        return Decision(asked, Verdict.REFUSED, forbidden)
    rule = policy.allowing_rule(grant, rules)
    if rule is None:
        return Decision(asked, Verdict.REFUSED, _why_no_rule(grant, role, rules, policy, cluster))
    return _allowed(asked, grant, rule.name, policy)


def _allowed(asked: Asked, grant: Grant, rule: str, policy: Policy) -> Decision:
    reason = f"rule {rule} allows it"
    if lacks := lacking(grant):
        reason += f"; {lacks}"
    return Decision(asked, Verdict.ALLOWED, reason, rule, group_of(grant, policy.installation))


def _why_no_rule(grant: Grant, role: Role, rules: Sequence[Rule], policy: Policy, cluster: Cluster) -> str:
    speaking = [rule.name for rule in rules]
    node = node_reason(role)
    if node is not None:
        found = f"{', '.join(speaking)} does not allow it" if speaking else "none does"
        return f"{node}; only a rule that names it exactly may allow this, and {found}"
    if not speaking:
        return f"no rule of cluster {cluster.tag} speaks about {role.path}{role.ref.name} of account {role.ref.account}"
    if is_privileged(grant, policy.marks):
        return f"it is privileged: no rule names it exactly with privileged: true (rules: {', '.join(speaking)})"
    return f"none of the rules {', '.join(speaking)} allows it"


def _given(rules: Iterable[Rule], policy: Policy, cluster: Cluster) -> Iterator[Decision]:
    """What rules give without a tag. The loading of the file has judged the grants themselves."""
    seen: set[str] = set()
    for rule in rules:
        for grant in rule.give:
            if grant.text not in seen:
                seen.add(grant.text)
                yield _gift(Asked(grant.text, f"rule {rule.name}", grant=grant), grant, rule, policy, cluster)


def _gift(asked: Asked, grant: Grant, rule: Rule, policy: Policy, cluster: Cluster) -> Decision:
    refused = unfit(grant, cluster)
    return Decision(asked, Verdict.REFUSED, refused) if refused else _allowed(asked, grant, rule.name, policy)


def node_reason(role: Role) -> str | None:
    """Why a role is taken for a node's or an AWS service's, not a person's; ``None`` if it is not.

    Stack tags and default tags spill onto such roles, and whoever is on the node would have the grant.
    """
    if role.path.startswith(SERVICE_LINKED_PATH):
        return "the role is service-linked"
    trusted = sorted(s for s in role.trusted_services if s == "*" or s.split(".", 1)[0].lower() in NODE_SERVICES)
    return f"the role is a node's: {trusted[0]} may assume it" if trusted else None

"""Small values that many tests speak about: a cluster, a policy as YAML, roles as IAM tells them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from registrar.configuration import parse
from registrar.grants import Grant
from registrar.marks import Marks, group_of, row_for
from registrar.model import BindingState, Hint, PrincipalKind, PrincipalRef, RbacView, Role, Row
from registrar.policy import Cluster, Policy
from registrar.tags import parse_grant

ACCOUNT = "123456789012"
PREFIX = "eks-registrar"
MARKS = Marks(PREFIX)
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SSO_ROLE = "AWSReservedSSO_Ops_0123456789abcdef"
SSO_PATH = "/aws-reserved/sso.amazonaws.com/"

POLICY_HEAD = f"""
clusters:
- {{name: prod, account: "{ACCOUNT}", region: eu-west-1, mode: enforce}}
- {{name: test, account: "{ACCOUNT}", region: eu-west-1}}
rules:
"""
EVERYBODY = """
- {name: all, roles: ["/**"], clusters: [prod], allow: [view, "view@*", "edit@*", "admin@team-*", "group=oncall"]}
"""


def policy_of(rules: str = EVERYBODY, head: str = POLICY_HEAD) -> Policy:
    """The policy of these rules, loaded as a file would be."""
    return parse(head + rules)


def prod(policy: Policy) -> Cluster:
    """The cluster that the tests speak about."""
    return policy.cluster("prod")


def ref(name: str = "alice", account: str = ACCOUNT) -> PrincipalRef:
    """A role's name."""
    return PrincipalRef(account, PrincipalKind.ROLE, name)


def role(
    name: str = "alice",
    tags: Iterable[tuple[str, str]] = (),
    path: str = "/",
    trusts: Iterable[str] = (),
    account: str = ACCOUNT,
    partition: str = "aws",
    created: datetime = NOW,
) -> Role:
    """A role as IAM tells it."""
    return Role(
        ref=ref(name, account),
        arn=f"arn:{partition}:iam::{account}:role{path}{name}",
        role_id="AROAEXAMPLE",
        path=path,
        created=created,
        tags=tuple(tags),
        trusted_services=frozenset(trusts),
    )


def asks(*words: str, cluster: str = "prod", **how: object) -> Role:
    """A role whose tag for the cluster asks for these grants."""
    return role(tags=[(f"{PREFIX}/{cluster}", " ".join(words))], **how)  # type: ignore[arg-type]


def grant(text: str) -> Grant:
    """The grant that a word means."""
    found = parse_grant(text)
    assert found is not None, text
    return found


def hint(event_name: str = "TagRole", time: datetime = NOW, name: str = "alice") -> Hint:
    """A hint at a role."""
    return Hint(ref(name), event_name, time, "event-1")


def row(name: str, *words: str, account: str = ACCOUNT) -> Row:
    """The row that a role has for these grants."""
    return row_for(asks(name=name, account=account), tuple(group_of(grant(w), PREFIX) or "" for w in words), PREFIX)


def there(*groups: str, state: BindingState = BindingState.RIGHT) -> RbacView:
    """A view in which the bindings of these groups have this state."""
    return RbacView(dict.fromkeys(groups, (state, ("uid", "1") if state is not BindingState.ABSENT else None)))

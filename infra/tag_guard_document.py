"""The tag guard as policy documents: only named principals may write the registrar's tags. Pure, without the CDK.

Whoever may write the tag decides who gets in. The guard is a set of Deny statements, so it takes rights away and gives
none: as managed policies for the identities that could tag otherwise, or as service control policies for accounts.

Two conditions stand side by side, because none does alone (IAM user guide, "Tags for AWS Identity and Access
Management resources", case sensitivity; "IAM JSON policy elements: Condition operators"): IAM's tag keys ignore case
and replace each other, which ``StringLike`` on ``aws:TagKeys`` does not follow; and ``StringEqualsIgnoreCase``, which
does, takes no wildcards, so it must list every key.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from registrar.policy import Policy
from registrar.tags import keys_for

Document = dict[str, Any]
Statement = dict[str, Any]

MANAGED_POLICY_CHARACTERS: Final = 6_144
"""Most characters of a managed policy, white space not counted (IAM user guide, "IAM and AWS STS quotas")."""
SCP_CHARACTERS: Final = 5_120
"""Most characters of a service control policy (Organizations user guide, "Quotas")."""

TAGGING_ACTIONS: Final = (
    "iam:CreateRole",
    "iam:CreateUser",
    "iam:TagRole",
    "iam:TagUser",
    "iam:UntagRole",
    "iam:UntagUser",
)
BECOMING_ACTIONS: Final = ("iam:PassRole", "iam:UpdateAssumeRolePolicy")

NOT_COVERED: Final = (
    "the organization's management account, which no service control policy reaches",
    "service-linked roles, which no service control policy reaches",
    "an identity to which the managed policy is not attached, or that may detach it",
    "a cluster that is configured after the guard was deployed, but for keys in their own case: deploy the guard again",
    "DeleteRole of a tagged role, which revokes its access",
    "whoever may assume a tagged role already, by its trust policy",
    "PassRole by tag: AWS calls conditions on tags of the passed role unreliable; limit it by the roles' path too",
    "members of permission sets, whose grants come from rules and not from tags: guard sso:CreateAccountAssignment",
    "CloudFormation, which makes a role without the tags that it may not set and says nothing",
)
"""What the guard does not cover, for the reader of docs/security.md."""

_PRINCIPAL = re.compile(r"arn:(aws[a-z-]*|\*):iam::([0-9]{12}|\*):(root|(role|user)/(?P<name>[\w+=,.@/*-]+))", re.ASCII)


@dataclass(frozen=True)
class TagGuard:
    """What is guarded, and from whom it is not.

    ``keys`` are all tag keys that can speak for a configured cluster, ``prefix`` is what they begin with. ``allowed``
    are ARNs of the principals that may go on, as ``aws:PrincipalArn`` spells them: a role is named by its own ARN, path
    included, also for its sessions; a ``*`` may stand in it. ``tagged_roles`` guards also who may become a tagged role:
    its trust policy and PassRole.
    """

    keys: tuple[str, ...]
    prefix: str
    allowed: tuple[str, ...]
    tagged_roles: bool = False

    @classmethod
    def of(cls, policy: Policy, allowed: Sequence[str], *, tagged_roles: bool = False) -> "TagGuard":
        """The guard of a configuration.

        Raises:
            ValueError: if ``allowed`` is empty (nobody could tag any more), or holds what ``aws:PrincipalArn`` never
                is, or a pattern that would let everybody through.

        """
        if not allowed:
            raise ValueError(
                "the tag guard needs at least one allowed principal: without one nobody could tag any role"
            )
        for arn in allowed:
            _check_principal(arn)
        keys = {key for cluster in policy.clusters for key in keys_for(policy.tag_prefix, cluster.tag)}
        return cls(tuple(sorted(keys)), policy.tag_prefix, tuple(sorted(set(allowed))), tagged_roles)

    def managed_policies(self) -> tuple[Document, ...]:
        """As managed policies: attach **all** of them. An identity takes ten at most."""
        return self._documents(MANAGED_POLICY_CHARACTERS)

    def service_control_policies(self) -> tuple[Document, ...]:
        """As service control policies: attach **all** of them. A root, OU or account takes five at most."""
        return self._documents(SCP_CHARACTERS)

    def _documents(self, most: int) -> tuple[Document, ...]:
        statements = [self._by_prefix(), *self._by_key(most)]
        if self.tagged_roles:
            statements += [self._of_tagged_roles(key) for key in self.keys]
        return tuple({"Version": "2012-10-17", "Statement": group} for group in _packed(statements, most))

    def _by_prefix(self) -> Statement:
        """Any key under the prefix, those of clusters to come included, in the prefix's own case."""
        patterns = [self.prefix, f"{self.prefix}/*"]
        return self._deny(TAGGING_ACTIONS, {"ForAnyValue:StringLike": {"aws:TagKeys": patterns}})

    def _by_key(self, most: int) -> Iterable[Statement]:
        """Every key there is, in any case; in as many statements as each needs to fit into a document of its own."""

        def denied(keys: Sequence[str]) -> Statement:
            return self._deny(TAGGING_ACTIONS, {"ForAnyValue:StringEqualsIgnoreCase": {"aws:TagKeys": list(keys)}})

        taken: list[str] = []
        for key in self.keys:
            if taken and size([denied([*taken, key])]) > most:
                yield denied(taken)
                taken = []
            taken.append(key)
        yield denied(taken)

    def _of_tagged_roles(self, key: str) -> Statement:
        """Of roles that carry this key. Keys in one condition are ANDed, so each needs a statement of its own."""
        return self._deny(BECOMING_ACTIONS, {"Null": {f"iam:ResourceTag/{key}": "false"}})

    def _deny(self, actions: Sequence[str], condition: dict[str, Any]) -> Statement:
        # ArnNotLike is also true where the request has no aws:PrincipalArn: what is not known is denied.
        spared = {"ArnNotLike": {"aws:PrincipalArn": list(self.allowed)}}
        return {"Effect": "Deny", "Action": list(actions), "Resource": "*", "Condition": condition | spared}


def render(document: Document) -> str:
    """The document as the shortest JSON: AWS counts the characters of an SCP with its white space."""
    return json.dumps(document, separators=(",", ":"))


def size(statements: Sequence[Statement]) -> int:
    """The characters of a document of these statements."""
    return len(render({"Version": "2012-10-17", "Statement": list(statements)}))


def _packed(statements: Iterable[Statement], most: int) -> list[list[Statement]]:
    """The statements in as few groups as their order allows. Raises ValueError for one that fits into no document."""
    groups: list[list[Statement]] = [[]]
    for statement in statements:
        if size([statement]) > most:
            raise ValueError(
                f"the tag guard's list of allowed principals is too long: one statement takes {size([statement])} of"
                f" {most} characters; name fewer, or a path with a wildcard"
            )
        if groups[-1] and size([*groups[-1], statement]) > most:
            groups.append([])
        groups[-1].append(statement)
    return groups


def _check_principal(arn: str) -> None:
    if ":assumed-role/" in arn:
        raise ValueError(
            f"{arn} is a session's ARN, and aws:PrincipalArn is that of its role:"
            " say arn:aws:iam::ACCOUNT:role/PATH/NAME"
        )
    found = _PRINCIPAL.fullmatch(arn)
    if found is None:
        raise ValueError(
            f"{arn!r} is no ARN of an IAM role, user or root: expected arn:aws:iam::ACCOUNT:role/PATH/NAME"
        )
    if found["name"] is not None and not found["name"].strip("*/"):
        raise ValueError(f"{arn} lets every role or user through the tag guard: name some, or a path with a wildcard")

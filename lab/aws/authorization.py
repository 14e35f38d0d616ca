"""What an identity's IAM policies allow.

For EKS's clusters and access entries a policy is judged in full (:func:`refused`, by :mod:`lab.aws.policy_language`).
Elsewhere actions are judged, Resource and Condition are not (:func:`denial`): an Allow counts whatever they say, a Deny
counts only with Resource ``*`` and without Condition. So there the lab refuses what no policy allows at all, and cannot
prove that a policy is narrow.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from moto.iam.models import iam_backends

from lab.aws.caller import Caller
from lab.aws.policy_language import Question, decide

_ALWAYS_ALLOWED = "sts:GetCallerIdentity"


def refused(caller: Caller, question: Question) -> str | None:
    """AWS's sentence for what the caller may not do by their policies, conditions and all, or None if they may.

    Raises:
        UnjudgeableError: if a policy holds what the lab cannot judge.

    """
    principal = caller.issuer.arn if caller.issuer else caller.arn
    everybody = {"aws:PrincipalArn": principal, "aws:PrincipalAccount": caller.account}
    asked = Question(question.action, question.resource, everybody | dict(question.context))
    verdict = decide(_all_statements(caller), asked)
    told = f"User: {caller.arn} is not authorized to perform: {asked.action} on resource: {asked.resource}"
    if verdict == "denied":
        return f"{told} with an explicit deny in an identity-based policy"
    return f"{told} because no identity-based policy allows the {asked.action} action" if verdict == "silent" else None


def denial(caller: Caller, action: str) -> str | None:
    """AWS's sentence for a call that the caller may not make, or None if they may."""
    if action == _ALWAYS_ALLOWED:
        return None
    about = [statement for statement in _all_statements(caller) if _names(statement, action)]
    told = f"User: {caller.arn} is not authorized to perform: {action}"
    if any(_denies(statement) for statement in about):
        return f"{told} with an explicit deny in an identity-based policy"
    if not any(statement["Effect"] == "Allow" for statement in about):
        return f"{told} because no identity-based policy allows the {action} action"
    return None


def _all_statements(caller: Caller) -> list[dict[str, Any]]:
    return [statement for document in _documents(caller) for statement in _statements(document)]


def _documents(caller: Caller) -> Iterator[str]:
    backend = iam_backends[caller.account][caller.partition]
    holders: list[Any] = [backend.roles[caller.issuer.role_id]] if caller.issuer else []
    if caller.user_name:
        holders = [backend.users[caller.user_name], *backend.get_groups_for_user(caller.user_name)]
    for holder in holders:
        yield from holder.policies.values()
        for policy in holder.managed_policies.values():
            yield from (version.document for version in policy.versions if version.is_default)


def _statements(document: str) -> list[dict[str, Any]]:
    statements = json.loads(document)["Statement"]
    return statements if isinstance(statements, list) else [statements]


def _names(statement: dict[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        return not _matches(statement["NotAction"], action)
    return _matches(statement.get("Action", []), action)


def _matches(patterns: str | list[str], action: str) -> bool:
    listed = [patterns] if isinstance(patterns, str) else patterns
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in listed)


def _denies(statement: dict[str, Any]) -> bool:
    everywhere = statement.get("Resource") in ("*", ["*"])
    return statement["Effect"] == "Deny" and everywhere and not statement.get("Condition")

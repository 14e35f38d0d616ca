"""Asks the evaluator of IAM policies (npm) what AWS would say to requests."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ACCOUNT = "123456789012"
DEVELOPER = f"arn:aws:iam::{ACCOUNT}:role/dev/alice"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@dataclass(frozen=True)
class Request:
    """One call to IAM: the ``action`` on a role or user, with the tag keys of the call and the tags of the resource.

    ``by`` is who ``aws:PrincipalArn`` names; ``session`` is whether a session of that role makes the call.
    """

    action: str
    keys: tuple[str, ...] = ()
    by: str = DEVELOPER
    tagged: Mapping[str, str] = field(default_factory=dict)
    session: bool = True

    def as_json(self, identity: Sequence[Any], organization: Sequence[Any]) -> dict[str, Any]:
        """The request as ``iam_simulate.mjs`` reads it."""
        kind = "user" if self.action.endswith("User") else "role"
        context: dict[str, Any] = {"aws:PrincipalArn": self.by}
        context |= {f"iam:ResourceTag/{key}": value for key, value in self.tagged.items()}
        if self.keys:
            context["aws:TagKeys"] = list(self.keys)
        return {
            "principal": self._principal(),
            "action": self.action,
            "resource": f"arn:aws:iam::{ACCOUNT}:{kind}/target",
            "account": ACCOUNT,
            "context": context,
            "identityPolicies": [EVERYTHING, *identity],
            "serviceControlPolicies": [EVERYTHING, *organization],
        }

    def _principal(self) -> str:
        if ":role/" not in self.by or not self.session:
            return self.by
        account, name = self.by.split(":")[4], self.by.rpartition("/")[2]
        return f"arn:aws:sts::{account}:assumed-role/{name}/session"


def judged(requests: Sequence[Request], identity: Sequence[Any] = (), organization: Sequence[Any] = ()) -> list[str]:
    """The verdict on each request, for somebody who may do everything but for these policies."""
    return verdicts([request.as_json(identity, organization) for request in requests])


def verdicts(asked: Sequence[Mapping[str, Any]]) -> list[str]:
    """The verdict on each request, in the form that ``iam_simulate.mjs`` reads.

    A context key that the action does not have fails the test: the policy would lean on what AWS never sends.
    """
    node = shutil.which("node")
    assert node, "node is not installed; `make test` needs it to judge IAM policies"
    ran = subprocess.run(
        [node, str(HERE / "iam_simulate.mjs")],
        input=json.dumps({"requests": asked}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, f"the evaluator failed (make node_modules/.ready?):\n{ran.stderr}"
    answers = json.loads(ran.stdout)
    assert [answer["ignored"] for answer in answers] == [[]] * len(asked)
    return [answer["result"] for answer in answers]

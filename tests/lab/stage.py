"""What a test of the registrar does in the lab: make roles, tell of events, look at aws-auth, act as a role."""

from __future__ import annotations

import json
import subprocess
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from lab.local_eks import LocalEks
from lab.sessions import session_of
from registrar import configuration
from registrar.policy import Policy
from registrar.service import Registrar, Settled
from registrar.wiring import registrar_of

ACCOUNT = "123456789012"
TAG = "eks-registrar/lab"
MANAGED = "app.kubernetes.io/managed-by=eks-registrar"
LONGEST_WAIT_S = 60.0


def trusting(**principal: str) -> str:
    """A trust policy that lets one principal assume the role."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def a_name(word: str) -> str:
    """A name that no other test uses: IAM and namespaces outlive a test."""
    return f"{word}-{uuid.uuid4().hex[:8]}"


def event(name: str, role: str, account: str = ACCOUNT, **parameters: Any) -> dict[str, Any]:
    """An event as EventBridge delivers it, of just now."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "version": "0", "id": str(uuid.uuid4()), "detail-type": "AWS API Call via CloudTrail", "source": "aws.iam",
        "account": account, "time": now, "region": "us-east-1", "resources": [],
        "detail": {
            "eventSource": "iam.amazonaws.com", "eventName": name, "eventTime": now, "eventID": str(uuid.uuid4()),
            "requestParameters": {"roleName": role, **parameters},
        },
    }  # fmt: skip


def tagging(role: str) -> dict[str, Any]:
    """A TagRole event that does not show which tags were set: whatever IAM says is believed at once."""
    return event("TagRole", role)


@dataclass(frozen=True)
class Stage:
    """A lab whose cluster is as on the first day."""

    lab: LocalEks

    def role(self, grants: str | None = None, *, name: str | None = None, path: str = "/", trust: str = "") -> str:
        """Create a role, tagged with grants if any; returns its name."""
        name = name or a_name("role")
        self.iam.create_role(
            RoleName=name,
            Path=path,
            AssumeRolePolicyDocument=trust or trusting(AWS=ACCOUNT),
            Tags=[{"Key": TAG, "Value": grants}] if grants is not None else [],
        )
        return name

    def tag(self, role: str, grants: str, key: str = TAG) -> None:
        """Tag a role."""
        self.iam.tag_role(RoleName=role, Tags=[{"Key": key, "Value": grants}])

    def untag(self, role: str, key: str = TAG) -> None:
        """Untag a role."""
        self.iam.untag_role(RoleName=role, TagKeys=[key])

    def untag_everybody(self) -> None:
        """No role asks for anything: a sweep would see those of all tests before, which IAM keeps."""
        for role in self.iam.get_account_authorization_details(Filter=["Role"])["RoleDetailList"]:
            ours = [tag["Key"] for tag in role["Tags"] if tag["Key"].lower().startswith("eks-registrar")]
            if ours:
                self.iam.untag_role(RoleName=role["RoleName"], TagKeys=ours)

    def namespace(self, name: str | None = None) -> str:
        """Create a namespace; returns its name."""
        name = name or a_name("team")
        self.lab.kubectl("create", "namespace", name)
        return name

    @property
    def iam(self) -> Any:
        """IAM as the account's administrator."""
        return self.lab.aws.client("iam")

    def registrar(self, policy: Policy | None = None) -> Registrar:
        """A registrar of its own, with the identity and the rights of the function and nothing more."""
        session = session_of(self.lab.registrar_environment())
        return registrar_of(policy or configuration.load(self.lab.configuration), None, session)

    def settle(self, *events: object, policy: Policy | None = None) -> Settled:
        """Let a registrar of its own settle some events."""
        return self.registrar(policy).settle(events)

    def data(self) -> dict[str, str]:
        """The ``data`` of aws-auth."""
        shown = self.lab.kubectl("get", "configmap", "aws-auth", "-n", "kube-system", "-o", "json").stdout
        return dict(json.loads(shown)["data"])

    def rows(self) -> list[str]:
        """Our lines of ``mapRoles``."""
        return [line for line in self.data()["mapRoles"].splitlines() if line.startswith('- {"rolearn"')]

    def row(self, role: str) -> str | None:
        """Our line for a role."""
        return next((line for line in self.rows() if f":role/{role}:{{{{SessionName}}}}" in line), None)

    def foreign(self) -> dict[str, str]:
        """Everything in aws-auth that is not a line of ours."""
        data = self.data()
        lines = data["mapRoles"].splitlines(keepends=True)
        return data | {"mapRoles": "".join(line for line in lines if not line.startswith('- {"rolearn"'))}

    def bindings(self) -> list[str]:
        """Our bindings, as ``kubectl -o name`` prints them."""
        return self.lab.kubectl(
            "get", "rolebindings,clusterrolebindings", "-A", "-o", "name", "-l", MANAGED
        ).stdout.split()

    def patch_map_roles(self, text: str) -> None:
        """Another writer's write: as an administrator, over whatever is there."""
        patch = json.dumps({"data": {"mapRoles": text}})
        self.lab.kubectl("patch", "configmap", "aws-auth", "-n", "kube-system", "--type=merge", "-p", patch)

    def as_role(self, role: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The role's own kubectl, with a fresh session and so a fresh token."""
        config = self.lab.kubeconfig_for_role(role, session=a_name("s"))
        return self.lab.kubectl(*arguments, kubeconfig=config, check=False)

    def queue(self, *bodies: str) -> None:
        """Put raw records on the function's queue."""
        sqs = self.lab.aws.client("sqs")
        entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies)]
        sqs.send_message_batch(QueueUrl=self.lab.aws.queue_url, Entries=entries)

    def dead_letter(self, containing: str) -> dict[str, Any]:
        """Wait for a message on the dead-letter queue whose body contains a text, and take it."""
        return eventually(lambda: self._take_dead_letter(containing))

    def _take_dead_letter(self, containing: str) -> dict[str, Any] | None:
        sqs, url = self.lab.aws.client("sqs"), self.lab.aws.dead_letter_queue_url
        found = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], VisibilityTimeout=0
        ).get("Messages", [])
        for message in found:
            if containing in message["Body"]:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                return dict(message)
        return None


def eventually(look: Callable[[], Any]) -> Any:
    """Look until what is seen is true; the last look is returned, true or not, for an assertion to judge."""
    deadline = time.monotonic() + LONGEST_WAIT_S
    while not (seen := look()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return seen


def observing(policy: Policy) -> Policy:
    """The same policy with every cluster in mode observe."""
    return replace(policy, clusters=tuple(replace(cluster, mode="observe") for cluster in policy.clusters))


def verdicts(settled: Settled) -> dict[str, str]:
    """What became of each grant's text, over all principals."""
    plans: Sequence[Any] = [result.plan for result in settled.results if result.plan]
    return {d.asked.text: d.verdict.value for plan in plans for ds in plan.decisions.values() for d in ds}

"""A lab in which everything is deployed, for doctor to look at: tests make wrong what can be wrong."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from infra.sweep_schedule import sweep_of
from lab.kubernetes_api import Answer
from lab.local_eks import LocalEks
from lab.sessions import session_of
from registrar import configuration
from registrar.doctor.deployment import Aws
from registrar.doctor.examine import Asked, examine
from registrar.doctor.finding import Finding, Level
from registrar.eks.cluster import describe
from registrar.manifests import manifests, render
from registrar.policy import Policy

SCHEDULE = "eks-registrar-public-sweep-123456789012"
FUNCTION, STACK = "eks-registrar-public", "eks-registrar-us-east-1"
AWS_AUTH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
ADMISSION = "/apis/admissionregistration.k8s.io/v1"
LOGS_WRITES = {"EventSelectors": [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}]}


@dataclass(frozen=True)
class Clinic:
    """A lab in which everything is deployed, as far as moto has it: function and event source, trail, stack."""

    lab: LocalEks

    def client(self, service: str) -> Any:
        """As the account's administrator."""
        return self.lab.aws.client(service)

    @property
    def policy(self) -> Policy:
        """The lab's registrar.yaml."""
        return configuration.load(self.lab.configuration)

    def findings(
        self, *, registrar: bool = False, policy: Policy | None = None, now: Callable[[], datetime] | None = None
    ) -> dict[str, Finding]:
        """What doctor finds as the administrator of account and cluster, or as the registrar, by the check's name."""
        environment = self.lab.registrar_environment() if registrar else self.lab.environment()
        session, policy = session_of(environment), policy or self.policy
        aws = Aws(session, now) if now else Aws(session)
        found = examine(Asked(policy, policy.clusters), session, aws)
        return {f"{one.what}, {one.where.split()[0]}" if one.what == "clock" else one.what: one for one in found}

    def finds(self, what: str, level: Level, detail: str, remedy: str, **how: Any) -> None:
        """Assert one finding."""
        finding = self.findings(**how)[what]
        assert finding.level is level, finding
        assert detail in finding.detail, finding
        assert remedy in finding.remedy, finding

    def kube(
        self, method: str, path: str, body: dict[str, Any] | None = None, kind: str = "merge-patch+json"
    ) -> Answer:
        """A request of the cluster's administrator."""
        answer = self.lab.api.request(method, path, body, f"application/{kind if method == 'PATCH' else 'json'}")
        assert answer.status < 300, answer.message
        return answer

    def apply_manifests(self) -> None:
        """As the administrator of the cluster does, over whatever a test has broken."""
        text = render(manifests(self.policy, "lab"))
        self.lab.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=text)


def deploy(lab: LocalEks) -> None:
    """What the CDK app deploys and the lab runs by itself otherwise, so that it can be read back."""
    aws = lab.aws
    role = aws.client("iam").get_role(RoleName="eks-registrar")["Role"]["Arn"]
    aws.client("lambda").create_function(
        FunctionName=FUNCTION, Runtime="python3.13", Role=role, Handler="x.y", Code={"ZipFile": b""}
    )
    sqs = aws.client("sqs")
    arn = sqs.get_queue_attributes(QueueUrl=aws.queue_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    aws.client("lambda").create_event_source_mapping(
        EventSourceArn=arn, FunctionName=FUNCTION, FunctionResponseTypes=["ReportBatchItemFailures"], Enabled=True
    )
    aws.client("s3").create_bucket(Bucket="trails")
    trails = aws.client("cloudtrail")
    trails.create_trail(Name="management", S3BucketName="trails", IsMultiRegionTrail=True)
    trails.put_event_selectors(TrailName="management", **LOGS_WRITES)
    trails.start_logging(Name="management")
    schedule(lab, arn)
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {"Clusters": {"Value": "lab=lab"}},
    }
    aws.client("cloudformation").create_stack(StackName=STACK, TemplateBody=json.dumps(template))


def schedule(lab: LocalEks, queue: str) -> None:
    """The schedule that asks for the sweep of the lab's account; nothing fires in moto."""
    scheduler = lab.aws.client("scheduler")
    scheduler.create_schedule_group(Name=FUNCTION)
    scheduler.create_schedule(
        Name=SCHEDULE,
        GroupName=FUNCTION,
        ScheduleExpression="rate(15 minutes)",
        FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5},
        Target={"Arn": queue, "RoleArn": "arn:aws:iam::123456789012:role/scheduler", "Input": sweep_of("123456789012")},
    )


def eks_that_says(monkeypatch: pytest.MonkeyPatch, **said: Any) -> None:
    """Let EKS describe the cluster otherwise."""
    real = describe
    monkeypatch.setattr(
        "registrar.doctor.examine.describe", lambda eks, cluster: dataclasses.replace(real(eks, cluster), **said)
    )

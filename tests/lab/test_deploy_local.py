"""The real CDK command line deploys the app into the lab's AWS, and what it deployed does the main job."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from stage import Stage, eventually

from infra.names import Names
from lab.aws.deployed import DeployedFunction
from lab.deploy.cdk import Cdk
from lab.deploy.registrar_row import add_row_of_output
from lab.local_eks import LocalEks
from lab.settings import ACCOUNT, CONFIGURATION, REGION

EARLY = "tagged-early"
NAMES = Names("eks-registrar", REGION)
pytestmark = pytest.mark.timeout(600)


@dataclass(frozen=True)
class Deployment:
    """The app as it stands in the lab's AWS."""

    stage: Stage
    cdk: Cdk
    function: DeployedFunction

    def client(self, service: str) -> Any:
        """A boto3 client of the administrator."""
        return self.stage.lab.aws.client(service)


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Bootstrapped, a role tagged while nothing listens, deployed, the row of its role put into aws-auth by hand."""
    folder = tmp_path_factory.mktemp("deployment")
    with LocalEks.start(folder / "lab", with_function=False) as lab:
        cdk = Cdk(lab, CONFIGURATION, folder / "cdk.out")
        cdk.bootstrap()
        Stage(lab).role("view", name=EARLY)
        cdk.deploy()
        function = lab.aws.run_deployed_function(NAMES.function("public"), "live")
        add_row_of_output(lab, NAMES.hub_stack)
        yield Deployment(Stage(lab), cdk, function)


def test_a_role_that_was_tagged_before_gets_in_by_the_sweep_of_the_deployment(deployment: Deployment) -> None:
    """No rule stood when its event came, and moto fires no schedule: only the deployment's own message tells of it."""
    stage = deployment.stage
    assert eventually(lambda: stage.row(EARLY))
    assert stage.as_role(EARLY, "get", "pods", "--all-namespaces").returncode == 0


def test_the_schedule_asks_for_what_the_deployment_asked_for(deployment: Deployment) -> None:
    """Read back from Scheduler: every quarter of an hour, to the queue that the function reads, as its own role."""
    scheduler, group = deployment.client("scheduler"), NAMES.schedules("public")
    (listed,) = scheduler.list_schedules(GroupName=group)["Schedules"]
    found = scheduler.get_schedule(Name=listed["Name"], GroupName=group)
    assert (found["State"], found["ScheduleExpression"]) == ("ENABLED", "rate(15 minutes)")
    assert found["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}
    assert found["Target"]["Arn"] == deployment.function.mapping["EventSourceArn"]
    assert found["Target"]["DeadLetterConfig"]["Arn"].endswith(f":{NAMES.dead_letters('public')}")
    assert json.loads(found["Target"]["Input"]) == {"registrar": "sweep", "account": ACCOUNT, "planHash": None}
    role = deployment.client("iam").get_role(RoleName=found["Target"]["RoleArn"].rpartition("/")[2])["Role"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"]["StringEquals"]["aws:SourceArn"].endswith(f":schedule-group/{group}")


def test_a_tagged_role_gets_in_through_what_was_deployed(deployment: Deployment) -> None:
    """IAM event → the stack's rule → its queue → its function, under its role, with its package: allowed, then 401."""
    stage = deployment.stage
    namespace = stage.namespace()
    role = stage.role(f"edit@{namespace}")
    assert eventually(lambda: stage.row(role))
    assert stage.as_role(role, "-n", namespace, "get", "pods").returncode == 0
    stage.untag(role)
    assert eventually(lambda: not stage.row(role))
    assert "Unauthorized" in stage.as_role(role, "-n", namespace, "get", "pods").stderr


def test_the_rule_sends_to_the_queue_that_the_function_reads(deployment: Deployment) -> None:
    """Rule, queue and event source mapping, as AWS's own API tells them after the deployment."""
    events = deployment.client("events")
    (rule,) = [rule for rule in events.list_rules()["Rules"] if rule["Name"] == NAMES.rule("public")]
    assert json.loads(rule["EventPattern"])["account"] == [ACCOUNT]
    (target,) = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
    assert target["Arn"] == deployment.function.mapping["EventSourceArn"]
    assert target["DeadLetterConfig"]["Arn"].endswith(f":{NAMES.dead_letters('public')}")
    assert deployment.function.mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_the_queue_gives_its_failures_to_the_dead_letter_queue(deployment: Deployment) -> None:
    """Redrive and visibility stand on the queue itself."""
    sqs = deployment.client("sqs")
    url = sqs.get_queue_url(QueueName=NAMES.queue("public"))["QueueUrl"]
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    redrive = json.loads(told["RedrivePolicy"])
    assert redrive["deadLetterTargetArn"].endswith(f":{NAMES.dead_letters('public')}")
    assert int(told["VisibilityTimeout"]) >= 6 * deployment.function.function["Timeout"]


def test_a_second_deployment_changes_nothing(deployment: Deployment) -> None:
    """The same input makes the same templates and assets: the CDK finds no change."""
    assert "(no changes)" in deployment.cdk.deploy()


def test_a_deployment_that_changes_the_configuration_sweeps_again(deployment: Deployment, tmp_path: Path) -> None:
    """Another registrar.yaml is another version of the function, and so another call."""
    log = deployment.stage.lab.aws.function_log
    swept = f"sweep of account {ACCOUNT} complete"
    before = log.read_text().count(swept)
    changed = tmp_path / "registrar.yaml"
    changed.write_text(f"{CONFIGURATION.read_text()}\n# changed\n")
    replace(deployment.cdk, config=changed).deploy()
    assert eventually(lambda: log.read_text().count(swept) > before)


def test_destroy_takes_the_stack_away(deployment: Deployment) -> None:
    """After ``cdk destroy`` rule, queues and function are gone. It stands last, as the others need them."""
    deployment.cdk.destroy()
    assert deployment.client("events").list_rules()["Rules"] == []
    assert deployment.client("sqs").list_queues().get("QueueUrls", []) == []
    assert deployment.client("lambda").list_functions()["Functions"] == []
    assert deployment.client("scheduler").list_schedules()["Schedules"] == []

"""Who asks for a sweep: the schedules, and each deployment at its end."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from infra_stage import ROOT, Template, logical_id, properties, resources, statements, the_hub

from infra.layout import layout_of
from registrar import configuration
from registrar.requests import SweepRequest, read_request

SCHEDULE, GROUP, CALL = "AWS::Scheduler::Schedule", "AWS::Scheduler::ScheduleGroup", "Custom::AWS"
ACCOUNT, OTHER = "123456789012", "111122223333"


@pytest.fixture(scope="module")
def hub() -> Template:
    """A hub with one network."""
    return the_hub("one-region", "us-east-1")


@pytest.fixture(scope="module")
def networks() -> Template:
    """A hub with three networks."""
    return the_hub("private-networks", "eu-west-1")


def queue_of(template: Template, network: str, suffix: str = "") -> dict[str, Any]:
    """The ARN of a queue of a network."""
    return {
        "Fn::GetAtt": [logical_id(template, "AWS::SQS::Queue", QueueName=f"eks-registrar-{network}{suffix}"), "Arn"]
    }


def asked(body: str) -> SweepRequest:
    """What the function reads in a message's body."""
    return read_request(json.loads(body), configuration.load(ROOT / "examples" / "one-region" / "registrar.yaml"))


def call_of(resource: dict[str, Any], when: str) -> dict[str, Any]:
    """The call that a custom resource makes, with its references written as ``<logical id>``."""
    parts = resource["Properties"][when]["Fn::Join"][1]
    text = "".join(
        part if isinstance(part, str) else f"<{part.get('Ref') or '.'.join(part['Fn::GetAtt'])}>" for part in parts
    )
    return dict(json.loads(text))


def test_each_account_is_swept_every_quarter_of_an_hour_at_a_moment_that_differs(hub: Template) -> None:
    """The function reads the message of the schedule as the sweep of the account; nobody need switch it on."""
    schedule = properties(hub, SCHEDULE, Name=f"eks-registrar-public-sweep-{ACCOUNT}")
    assert (schedule["ScheduleExpression"], schedule["State"]) == ("rate(15 minutes)", "ENABLED")
    assert schedule["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}
    assert asked(schedule["Target"]["Input"]) == SweepRequest(ACCOUNT)


def test_a_schedule_fills_the_queue_of_its_network_and_its_failures_the_dead_letters(networks: Template) -> None:
    """One for each network; what cannot be delivered within a quarter of an hour is left to the next one."""
    for network in ("public", "corp", "payments"):
        target = properties(networks, SCHEDULE, Name=f"eks-registrar-{network}-sweep-{ACCOUNT}")["Target"]
        assert target["Arn"] == queue_of(networks, network)
        assert target["DeadLetterConfig"] == {"Arn": queue_of(networks, network, "-dead-letters")}
        assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] == 15 * 60


def test_no_two_schedules_of_a_stack_have_one_name(networks: Template) -> None:
    """CloudFormation knows a schedule by its name alone, whatever its group: the second would be the first."""
    names = [schedule["Properties"]["Name"] for schedule in resources(networks, SCHEDULE).values()]
    assert len(names) == len(set(names)) == 3


def test_the_role_of_the_schedules_sends_to_the_two_queues_and_does_nothing_else(hub: Template) -> None:
    """One action, two queues."""
    (right,) = statements(hub, "AWS::IAM::Policy", "NetworkpublicSweepRole")
    assert right["Action"] == "sqs:SendMessage"
    assert right["Resource"] == [queue_of(hub, "public", "-dead-letters"), queue_of(hub, "public")]


def test_only_schedules_of_this_account_and_group_have_that_role(hub: Template) -> None:
    """Nobody else's schedule can use it: Scheduler as a confused deputy."""
    (role,) = [one for key, one in resources(hub, "AWS::IAM::Role").items() if key.startswith("NetworkpublicSweepRole")]
    (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    group = logical_id(hub, GROUP, Name="eks-registrar-public")
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": {"Fn::GetAtt": [group, "Arn"]}}
    }


@pytest.mark.parametrize(
    ("example", "region"), [("govcloud", "us-gov-east-1"), ("china", "cn-north-1"), ("china", "cn-northwest-1")]
)
def test_every_partition_has_its_schedule(example: str, region: str) -> None:
    """EventBridge Scheduler is in GovCloud and in China too."""
    assert resources(the_hub(example, region), SCHEDULE)


def test_an_account_is_swept_where_a_rule_speaks_of_it_for_a_cluster_of_the_network() -> None:
    """Another account's roles can have something in payments only, so only that network's function looks at them."""
    policy = configuration.load(ROOT / "examples" / "private-networks" / "registrar.yaml")
    speaks = replace(policy.rules[0], accounts=(ACCOUNT, OTHER), clusters=("payments",))
    (hub,) = layout_of(replace(policy, rules=(speaks,))).hubs
    assert {part.name: part.accounts for part in hub.parts} == {
        "public": (ACCOUNT,), "corp": (ACCOUNT,), "payments": (ACCOUNT, OTHER)
    }  # fmt: skip


@pytest.mark.parametrize("when", ["Create", "Update"])
def test_a_deployment_puts_the_same_message_on_each_queue(networks: Template, when: str) -> None:
    """The first deployment and each that changes the function, for every network."""
    calls = [call_of(resource, when) for resource in resources(networks, CALL).values()]
    assert {(call["service"], call["action"]) for call in calls} == {("SQS", "sendMessage")}
    assert {call["parameters"]["QueueUrl"] for call in calls} == {
        f"<{queue_of(networks, network)['Fn::GetAtt'][0]}>" for network in ("public", "corp", "payments")
    }
    assert {asked(call["parameters"]["MessageBody"]) for call in calls} == {SweepRequest(ACCOUNT)}


def test_a_deployment_that_changes_the_function_changes_the_call(hub: Template) -> None:
    """CloudFormation calls again only if a property is another: the published version's number."""
    (resource,) = resources(hub, CALL).values()
    (version,) = resources(hub, "AWS::Lambda::Version")
    attributes = call_of(resource, "Update")["parameters"]["MessageAttributes"]
    assert attributes == {"deployedVersion": {"DataType": "String", "StringValue": f"<{version}.Version>"}}


@pytest.mark.parametrize(
    "kind",
    [
        "AWS::Lambda::Alias", "AWS::Lambda::EventSourceMapping", "AWS::Events::Rule", "AWS::EKS::AccessEntry",
        "AWS::SQS::QueuePolicy", SCHEDULE,
    ],
)  # fmt: skip
def test_the_sweep_of_a_deployment_waits_for_everything_that_it_needs(hub: Template, kind: str) -> None:
    """Alias, event source, rule, the way into the cluster: it is the last thing of the stack."""
    (resource,) = resources(hub, CALL).values()
    assert set(resources(hub, kind)) <= set(resource["DependsOn"])


def test_the_provider_of_the_deployment_s_sweep_may_send_to_the_queue_and_write_its_log(hub: Template) -> None:
    """It is CDK's own function, with a role of ours: no policy of AWS's, no newer SDK from outside."""
    (resource,) = resources(hub, CALL).values()
    assert resource["Properties"]["InstallLatestAwsSdk"] is False
    log, send = statements(hub, "AWS::IAM::Policy", "DeploySweepRole")
    assert log["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert (send["Action"], send["Resource"]) == ("sqs:SendMessage", queue_of(hub, "public"))

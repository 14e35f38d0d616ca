"""What a stack can have in the lab's AWS that moto does not know: a call of the SDK, and schedules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from aws_support import ACCOUNT
from botocore.exceptions import ClientError

from lab.aws.side import AwsSide

STACK, QUEUE = "calls", "called"
PROVIDER = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:provider"


def call(body: str, **more: object) -> str:
    """A call as CDK's AwsCustomResource writes it."""
    url = f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/{QUEUE}"
    asked = {"service": "SQS", "action": "sendMessage", "parameters": {"QueueUrl": url, "MessageBody": body}}
    return json.dumps(asked | {"physicalResourceId": {"id": "the-call"}} | more)


def template(**properties: object) -> str:
    """A stack with one such resource."""
    given = {"ServiceToken": PROVIDER, "InstallLatestAwsSdk": False, **properties}
    return json.dumps({"Resources": {"Call": {"Type": "Custom::AWS", "Properties": given}}})


@pytest.fixture
def queue(side: AwsSide, trust: str) -> Iterator[str]:
    """A queue, and a provider whose role may send to queues; gone afterwards, with the stack."""
    iam, functions, sqs = side.client("iam"), side.client("lambda"), side.client("sqs")
    role = iam.create_role(RoleName="provider", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    allow(iam, "Allow")
    functions.create_function(
        FunctionName="provider", Runtime="nodejs24.x", Role=role, Handler="index.handler", Code={"ZipFile": b""}
    )
    url = sqs.create_queue(QueueName=QUEUE)["QueueUrl"]
    yield url
    side.client("cloudformation").delete_stack(StackName=STACK)
    sqs.delete_queue(QueueUrl=url)
    functions.delete_function(FunctionName="provider")
    iam.delete_role_policy(RoleName="provider", PolicyName="send")
    iam.delete_role(RoleName="provider")


def allow(iam: Any, effect: str) -> None:
    """Let the provider's role send, or not."""
    statement = {"Effect": effect, "Action": "sqs:SendMessage", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName="provider", PolicyName="send", PolicyDocument=document)


def received(side: AwsSide, url: str) -> list[str]:
    """The bodies that lie on the queue; they are taken from it."""
    sqs = side.client("sqs")
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for message in found:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [message["Body"] for message in found]


def test_the_call_is_made_when_the_stack_is_made_and_when_it_changes(side: AwsSide, queue: str) -> None:
    """Create, then Update for another property, and nothing where nothing has changed."""
    formation = side.client("cloudformation")
    formation.create_stack(StackName=STACK, TemplateBody=template(Create=call("1"), Update=call("1")))
    assert received(side, queue) == ["1"]
    (made,) = formation.describe_stack_resources(StackName=STACK)["StackResources"]
    assert made["PhysicalResourceId"] == "the-call"
    formation.update_stack(StackName=STACK, TemplateBody=template(Create=call("2"), Update=call("2")))
    assert received(side, queue) == ["2"]
    formation.delete_stack(StackName=STACK)
    assert received(side, queue) == []


def test_the_call_is_made_with_the_rights_of_the_provider(side: AwsSide, queue: str) -> None:
    """A right that the stack forgot is missed here and not first in AWS."""
    allow(side.client("iam"), "Deny")
    with pytest.raises(ClientError, match="provider/custom-resource is not authorized to perform: sqs:SendMessage"):
        side.client("cloudformation").create_stack(StackName=STACK, TemplateBody=template(Create=call("1")))
    assert received(side, queue) == []


@pytest.mark.parametrize(
    "properties",
    [
        {"Create": call("1"), "InstallLatestAwsSdk": True},
        {"Create": call("1"), "Tomorrow": "1"},
        {"Create": call("1", assumedRoleArn="arn:aws:iam::123456789012:role/other")},
    ],
    ids=["newest SDK", "unknown property", "unknown part of the call"],
)
def test_what_the_lab_would_have_to_guess_is_refused(side: AwsSide, queue: str, properties: dict[str, object]) -> None:
    """No call is made that AWS would have made otherwise."""
    with pytest.raises(ClientError, match="the lab"):
        side.client("cloudformation").create_stack(StackName=STACK, TemplateBody=template(**properties))
    assert received(side, queue) == []


def test_a_schedule_of_a_stack_is_read_back_changed_and_taken_away(side: AwsSide) -> None:
    """With its group, by Scheduler's own API."""
    formation, scheduler = side.client("cloudformation"), side.client("scheduler")

    def schedules(rate: str) -> str:
        target = {"Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q", "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r"}
        properties = {
            "Name": "nightly", "GroupName": "ours", "ScheduleExpression": rate, "Target": target,
            "FlexibleTimeWindow": {"Mode": "OFF"},
        }  # fmt: skip
        schedule = {"Type": "AWS::Scheduler::Schedule", "Properties": properties, "DependsOn": ["Group"]}
        group = {"Type": "AWS::Scheduler::ScheduleGroup", "Properties": {"Name": "ours"}}
        return json.dumps({"Resources": {"Group": group, "Nightly": schedule}})

    formation.create_stack(StackName=STACK, TemplateBody=schedules("rate(1 day)"))
    assert scheduler.get_schedule(Name="nightly", GroupName="ours")["ScheduleExpression"] == "rate(1 day)"
    formation.update_stack(StackName=STACK, TemplateBody=schedules("rate(2 days)"))
    assert scheduler.get_schedule(Name="nightly", GroupName="ours")["ScheduleExpression"] == "rate(2 days)"
    formation.delete_stack(StackName=STACK)
    assert scheduler.list_schedules()["Schedules"] == []


def test_roles_of_a_stack_are_among_all_roles_as_if_iam_had_made_them(side: AwsSide, trust: str) -> None:
    """Their inline policies can be read, and no value is no statement: both stand in the roles of `cdk bootstrap`."""
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    policy = {"PolicyName": "read", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    trusts = json.loads(trust)
    padded = trusts | {"Statement": [*trusts["Statement"], {"Ref": "AWS::NoValue"}]}
    properties = {"RoleName": "of-a-stack", "AssumeRolePolicyDocument": padded, "Policies": [policy]}
    body = json.dumps({"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}})
    side.client("cloudformation").create_stack(StackName=STACK, TemplateBody=body)
    found = side.client("iam").get_account_authorization_details(Filter=["Role"])["RoleDetailList"]
    (role,) = [one for one in found if one["RoleName"] == "of-a-stack"]
    assert (role["RolePolicyList"], role["AssumeRolePolicyDocument"]) == ([policy], trusts)
    side.client("cloudformation").delete_stack(StackName=STACK)

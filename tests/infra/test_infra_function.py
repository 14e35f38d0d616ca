"""The function in the templates: how it runs, and what its role may do."""

from __future__ import annotations

from typing import Any

import pytest
from infra_stage import Template, logical_id, properties, resources, statements, the_hub

from infra.signals import SERVICE
from registrar import handler
from registrar.metrics import NAMESPACE
from registrar.settings import Settings

FUNCTION, ROLE, POLICY = "AWS::Lambda::Function", "AWS::IAM::Role", "AWS::IAM::Policy"


@pytest.fixture(scope="module")
def hub() -> Template:
    """A hub in us-east-1 with one network."""
    return the_hub("one-region", "us-east-1")


@pytest.fixture(scope="module")
def function(hub: Template) -> dict[str, Any]:
    """Its function."""
    return properties(hub, FUNCTION, FunctionName="eks-registrar-public")


def rights(template: Template, network: str) -> list[tuple[str, list[str], object]]:
    """(effect, actions, resource) of each statement of the role of a network."""
    found = statements(template, POLICY, f"Network{network}Rights")
    return [
        (one["Effect"], one["Action"] if isinstance(one["Action"], list) else [one["Action"]], one["Resource"])
        for one in found
    ]


def test_the_function_runs_the_handler_on_arm_with_bounds(function: dict[str, Any]) -> None:
    """Runtime, architecture, time-out and memory are said and not left to defaults."""
    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == ["arm64"]
    assert function["Handler"] == f"{handler.__name__}.{handler.handler.__name__}"
    assert function["Timeout"] == 300
    assert function["MemorySize"] >= 256
    assert function["TracingConfig"] == {"Mode": "Active"}


def test_the_function_finds_its_network_and_dead_letters_in_its_environment(
    hub: Template, function: dict[str, Any]
) -> None:
    """What ``Settings.read`` reads is set, and Powertools has the names that the alarms look for."""
    variables = function["Environment"]["Variables"]
    dead = logical_id(hub, "AWS::SQS::Queue", QueueName="eks-registrar-public-dead-letters")
    assert variables["REGISTRAR_DLQ_URL"] == {"Ref": dead}
    assert variables["POWERTOOLS_SERVICE_NAME"] == SERVICE == handler.SERVICE
    assert variables["POWERTOOLS_METRICS_NAMESPACE"] == NAMESPACE
    here = {"REGISTRAR_CONFIG": __file__, **{key: str(value) for key, value in variables.items()}}
    assert Settings.read(here).network == "public"


def test_the_log_ends_after_90_days_and_survives_the_stack(hub: Template, function: dict[str, Any]) -> None:
    """Who got which access when is not lost with the stack, and not kept for ever."""
    (key,) = [key for key in resources(hub, "AWS::Logs::LogGroup") if key.startswith("Network")]
    group = hub["Resources"][key]
    assert function["LoggingConfig"] == {"LogGroup": {"Ref": key}}
    assert (group["Properties"]["RetentionInDays"], group["DeletionPolicy"]) == (90, "Retain")


def test_snap_start_needs_a_version_under_an_alias_and_keeps_no_old_one(
    hub: Template, function: dict[str, Any]
) -> None:
    """Old snapshots cost money: the version goes when the next one is there."""
    assert function["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    (key,) = resources(hub, "AWS::Lambda::Version")
    version = hub["Resources"][key]
    alias = properties(hub, "AWS::Lambda::Alias", Name="live")
    assert alias["FunctionVersion"] == {"Fn::GetAtt": [key, "Version"]}
    assert (version["DeletionPolicy"], version["UpdateReplacePolicy"]) == ("Delete", "Delete")


@pytest.mark.parametrize(
    ("example", "region"), [("govcloud", "us-gov-east-1"), ("china", "cn-north-1"), ("china", "cn-northwest-1")]
)
def test_partitions_without_snap_start_do_not_ask_for_it(example: str, region: str) -> None:
    """There the deployment would fail; version and alias stay."""
    template = the_hub(example, region)
    (function,) = [one for key, one in resources(template, FUNCTION).items() if key.startswith("Network")]
    assert "SnapStart" not in function["Properties"]
    assert properties(template, "AWS::Lambda::Alias", Name="live")


def test_a_private_network_s_function_stands_in_its_subnets() -> None:
    """And the public one in none."""
    template = the_hub("private-networks", "eu-west-1")
    corp = properties(template, FUNCTION, FunctionName="eks-registrar-corp")
    assert corp["VpcConfig"] == {
        "SubnetIds": ["subnet-0a1b2c3d", "subnet-0a1b2c3e"],
        "SecurityGroupIds": ["sg-0a1b2c3d"],
    }
    assert "VpcConfig" not in properties(template, FUNCTION, FunctionName="eks-registrar-public")


def test_the_role_may_do_this_and_nothing_else(hub: Template) -> None:
    """Every statement of the role, word for word: no wildcard but the roles of the own account, and X-Ray."""
    queue, dead = (
        {"Fn::GetAtt": [logical_id(hub, "AWS::SQS::Queue", QueueName=name), "Arn"]}
        for name in ("eks-registrar-public", "eks-registrar-public-dead-letters")
    )
    (log,) = [key for key in resources(hub, "AWS::Logs::LogGroup") if key.startswith("Network")]
    clusters = [f"arn:aws:eks:us-east-1:123456789012:cluster/{name}" for name in ("prod", "staging")]
    assert rights(hub, "public") == [
        ("Allow", ["iam:GetRole"], "arn:aws:iam::123456789012:role/*"),
        ("Allow", ["iam:GetAccountAuthorizationDetails"], "*"),
        ("Allow", ["eks:DescribeCluster"], clusters),
        (
            "Allow",
            [
                "sqs:ChangeMessageVisibility",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:GetQueueUrl",
                "sqs:ReceiveMessage",
            ],
            queue,
        ),
        (
            "Allow",
            [
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:GetQueueUrl",
                "sqs:ReceiveMessage",
                "sqs:SendMessage",
            ],
            dead,
        ),
        ("Allow", ["logs:CreateLogStream", "logs:PutLogEvents"], {"Fn::GetAtt": [log, "Arn"]}),
        ("Allow", ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], "*"),
    ]


def test_no_role_has_a_managed_policy(hub: Template) -> None:
    """AWS's own policies are wider than needed, and change."""
    assert [role for role in resources(hub, ROLE).values() if "ManagedPolicyArns" in role["Properties"]] == []


def test_a_role_finds_only_the_clusters_of_its_own_network() -> None:
    """The function of the VPC of payments cannot even describe the public cluster."""
    template = the_hub("private-networks", "eu-west-1")
    (described,) = [
        resource for _, actions, resource in rights(template, "payments") if "eks:DescribeCluster" in actions
    ]
    assert described == "arn:aws:eks:eu-west-1:123456789012:cluster/payments"


@pytest.mark.parametrize(("example", "region", "partition"), [
    ("govcloud", "us-gov-east-1", "aws-us-gov"), ("china", "cn-north-1", "aws-cn"),
])  # fmt: skip
def test_arns_are_of_the_partition(example: str, region: str, partition: str) -> None:
    """`arn:aws:` never matches in GovCloud or China."""
    ((_, _, roles),) = [one for one in rights(the_hub(example, region), "public") if one[1] == ["iam:GetRole"]]
    assert roles == f"arn:{partition}:iam::123456789012:role/*"


def test_lambda_may_handle_interfaces_and_the_function_s_code_may_not() -> None:
    """The rights of a function in a VPC are denied to what runs in it; the function waits for them."""
    template = the_hub("private-networks", "eu-west-1")
    allow, deny = statements(template, POLICY, "NetworkcorpVpcRights")
    assert allow["Effect"] == "Allow"
    assert (deny["Effect"], deny["Action"]) == ("Deny", allow["Action"])
    assert deny["Condition"] == {
        "ArnEquals": {"lambda:SourceFunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:eks-registrar-corp"}
    }
    (policy,) = [key for key in resources(template, POLICY) if key.startswith("NetworkcorpVpcRights")]
    assert (
        policy in template["Resources"][logical_id(template, FUNCTION, FunctionName="eks-registrar-corp")]["DependsOn"]
    )
    assert [key for key in resources(template, POLICY) if key.startswith("NetworkpublicVpcRights")] == []

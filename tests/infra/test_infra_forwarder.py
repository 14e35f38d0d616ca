"""The forwarder: from IAM's home region to the buses of the hubs, in one hop."""

from __future__ import annotations

import pytest
from infra_stage import Template, example, logical_id, properties, resources, statements

from infra.event_pattern import event_pattern

RULE = "AWS::Events::Rule"


@pytest.fixture(scope="module")
def forwarder() -> Template:
    """The forwarder to two hubs."""
    return example("hub-away-from-home").templates["eks-registrar-forwarder"]


@pytest.mark.parametrize("region", ["eu-west-1", "eu-central-1"])
def test_each_hub_has_a_rule_that_goes_straight_to_its_bus(forwarder: Template, region: str) -> None:
    """The same pattern as at the hub, on the default bus; a forwarded event could not be forwarded again."""
    rule = properties(forwarder, RULE, Name=f"eks-registrar-forwarded-to-{region}")
    assert rule["EventPattern"] == event_pattern(["123456789012"])
    assert "EventBusName" not in rule
    (target,) = rule["Targets"]
    assert target["Arn"] == f"arn:aws:events:{region}:123456789012:event-bus/eks-registrar"


def test_what_cannot_be_forwarded_is_retried_and_then_kept(forwarder: Template) -> None:
    """Retry policy and a dead-letter queue in the rule's own region, which the rules alone may fill."""
    dead = logical_id(forwarder, "AWS::SQS::Queue", QueueName="eks-registrar-dead-letters-of-forwarder")
    for rule in resources(forwarder, RULE).values():
        (target,) = rule["Properties"]["Targets"]
        assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": [dead, "Arn"]}}
        assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}
    (allow,) = [s for s in statements(forwarder, "AWS::SQS::QueuePolicy", "Forwarding") if s["Effect"] == "Allow"]
    assert allow["Principal"] == {"Service": "events.amazonaws.com"}
    arns = [{"Fn::GetAtt": [key, "Arn"]} for key in resources(forwarder, RULE)]
    assert allow["Condition"] == {"ArnEquals": {"aws:SourceArn": arns}}


def test_the_forwarder_may_put_events_on_the_hubs_buses_and_nothing_else(forwarder: Template) -> None:
    """Its role is used by EventBridge alone."""
    (statement,) = statements(forwarder, "AWS::IAM::Policy", "ForwardingRole")
    buses = [
        f"arn:aws:events:{region}:123456789012:event-bus/eks-registrar" for region in ("eu-west-1", "eu-central-1")
    ]
    assert (statement["Action"], sorted(statement["Resource"])) == ("events:PutEvents", sorted(buses))
    (role,) = resources(forwarder, "AWS::IAM::Role").values()
    (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "events.amazonaws.com"}


def test_an_alarm_tells_when_something_could_not_be_forwarded(forwarder: Template) -> None:
    """In the region where it happens."""
    (alarm,) = resources(forwarder, "AWS::CloudWatch::Alarm").values()
    assert alarm["Properties"]["AlarmName"] == "eks-registrar, forwarder: the dead-letter queue is not empty"


@pytest.mark.parametrize(
    ("name", "hubs"),
    [
        ("one-region", None),
        ("hub-away-from-home", "eu-west-1,eu-central-1"),
        ("private-networks", "eu-west-1"),
        ("govcloud", "us-gov-east-1"),
        ("china", "cn-northwest-1"),
    ],
)
def test_there_is_a_forwarder_just_where_a_hub_is_away_from_home(name: str, hubs: str | None) -> None:
    """And to those hubs only: the one in Beijing is where China's events appear."""
    template = example(name).templates.get("eks-registrar-forwarder")
    assert (template and template["Outputs"]["Hubs"]["Value"]) == hubs

"""The way of an event in the templates: rule → queue → event source, and where it goes when it cannot go on."""

from __future__ import annotations

import pytest
from infra_stage import Template, logical_id, properties, resources, statements, the_hub

from infra.event_pattern import event_pattern

QUEUE, RULE, SOURCE = "AWS::SQS::Queue", "AWS::Events::Rule", "AWS::Lambda::EventSourceMapping"


@pytest.fixture(scope="module")
def home() -> Template:
    """A hub in us-east-1."""
    return the_hub("one-region", "us-east-1")


@pytest.fixture(scope="module")
def away() -> Template:
    """A hub with a public network and two VPCs, away from us-east-1."""
    return the_hub("private-networks", "eu-west-1")


def test_the_queue_hides_a_record_for_six_timeouts_of_the_function(home: Template) -> None:
    """Less, and a record that is being worked on could appear again."""
    queue = properties(home, QUEUE, QueueName="eks-registrar-public")
    function = properties(home, "AWS::Lambda::Function", FunctionName="eks-registrar-public")
    assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]


def test_what_fails_eight_times_goes_to_the_dead_letter_queue_for_14_days(home: Template) -> None:
    """Redrive, and the longest retention that SQS has."""
    queue = properties(home, QUEUE, QueueName="eks-registrar-public")
    dead = logical_id(home, QUEUE, QueueName="eks-registrar-public-dead-letters")
    assert queue["RedrivePolicy"] == {"deadLetterTargetArn": {"Fn::GetAtt": [dead, "Arn"]}, "maxReceiveCount": 8}
    assert home["Resources"][dead]["Properties"]["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_every_queue_is_encrypted_by_sqs_itself(away: Template) -> None:
    """With the key alias/aws/sqs EventBridge could not deliver; dead-letter queues included."""
    for queue in resources(away, QUEUE).values():
        assert queue["Properties"]["SqsManagedSseEnabled"] is True
        assert "KmsMasterKeyId" not in queue["Properties"]


def test_every_queue_refuses_what_is_not_tls(away: Template) -> None:
    """A policy for each queue denies every action without it."""
    guarded = {
        policy["Properties"]["Queues"][0]["Ref"]
        for policy in resources(away, "AWS::SQS::QueuePolicy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
        and statement["Action"] == "sqs:*"
        and statement["Principal"] == {"AWS": "*"}
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    }
    assert guarded == set(resources(away, QUEUE))


def test_only_the_own_rule_may_fill_a_queue(home: Template) -> None:
    """EventBridge may send for this rule, and nobody else is allowed anything."""
    rule = logical_id(home, RULE, Name="eks-registrar-public")
    (queue_policy,) = [key for key in resources(home, "AWS::SQS::QueuePolicy") if "DeadLetters" not in key]
    allowed = [s for s in statements(home, "AWS::SQS::QueuePolicy", queue_policy) if s["Effect"] == "Allow"]
    assert [statement["Principal"] for statement in allowed] == [{"Service": "events.amazonaws.com"}]
    assert allowed[0]["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": [rule, "Arn"]}}}


def test_the_rule_lists_plain_event_names_and_pins_the_account(home: Template) -> None:
    """The same pattern as in the local EKS: failed calls stay out, the account is the envelope's."""
    rule = properties(home, RULE, Name="eks-registrar-public")
    assert rule["EventPattern"] == event_pattern(["123456789012"])
    assert rule["State"] == "ENABLED"


def test_the_rule_retries_for_a_day_and_then_keeps_the_event(home: Template) -> None:
    """Retry policy and dead-letter queue stand on the target itself."""
    (target,) = properties(home, RULE, Name="eks-registrar-public")["Targets"]
    dead = logical_id(home, QUEUE, QueueName="eks-registrar-public-dead-letters")
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": [dead, "Arn"]}}


def test_in_the_home_region_the_rule_is_on_the_default_bus(home: Template) -> None:
    """That is where AWS puts IAM's events; there is no bus of ours."""
    assert "EventBusName" not in properties(home, RULE, Name="eks-registrar-public")
    assert resources(home, "AWS::Events::EventBus") == {}


def test_away_from_home_the_rules_are_on_a_bus_of_our_own(away: Template) -> None:
    """The bus's name is a literal, and the rule waits for the bus."""
    bus = logical_id(away, "AWS::Events::EventBus", Name="eks-registrar")
    for rule in resources(away, RULE).values():
        assert rule["Properties"]["EventBusName"] == "eks-registrar"
        assert rule["DependsOn"] == [bus]


def test_each_network_has_a_rule_a_queue_and_a_function_of_its_own(away: Template) -> None:
    """Nothing of one network can hold up another."""
    for network in ("public", "corp", "payments"):
        name = f"eks-registrar-{network}"
        queue = logical_id(away, QUEUE, QueueName=name)
        (target,) = properties(away, RULE, Name=name)["Targets"]
        assert target["Arn"] == {"Fn::GetAtt": [queue, "Arn"]}
        assert properties(away, "AWS::Lambda::Function", FunctionName=name)
        assert properties(away, SOURCE, EventSourceArn={"Fn::GetAtt": [queue, "Arn"]})


def test_the_event_source_gathers_records_and_reports_single_failures(home: Template) -> None:
    """Batches of 100 in a short window, two at a time, to the alias."""
    (source,) = [found["Properties"] for found in resources(home, SOURCE).values()]
    assert source["BatchSize"] == 100
    assert 0 < source["MaximumBatchingWindowInSeconds"] <= 5
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["ScalingConfig"] == {"MaximumConcurrency": 2}
    assert source["FunctionName"]["Fn::Join"][1][-1] == ":live"

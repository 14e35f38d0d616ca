"""The way of an event: rule → (the hub's bus) → queue → event source → function, followed from its end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from registrar.doctor.deployment import Deployment
from registrar.doctor.finding import Finding, broken, doubt, well
from registrar.event_pattern import event_pattern

_DEPLOY = "deploy the stack again (cdk deploy)"
_AWS_MANAGED_KEY = "alias/aws/sqs"


def sources(place: Deployment) -> Iterator[Finding]:
    """The event sources of the function: what feeds it is found by them, not by a name."""
    found = event_sources(place)
    if not found:
        detail = f"no event source feeds a function {place.function} in {place.region}"
        remedy = f"{_DEPLOY}; if the function has another name, say --function NAME"
        yield broken(place.where, "event source", detail, remedy)
    yield from (_event_source(place, source) for source in found)


def queues(place: Deployment) -> Iterator[Finding]:
    """The queues that feed the function, and their dead-letter queues."""
    for source in event_sources(place):
        yield from _queue(place, source["EventSourceArn"])


def rules(place: Deployment) -> Iterator[Finding]:
    """The rules that fill these queues; for a hub away from IAM's home region also the one that forwards to it."""
    for source in event_sources(place):
        yield _rule(place, source["EventSourceArn"])
    yield from _forwarder(place)


def event_sources(place: Deployment) -> list[dict[str, Any]]:
    """The SQS event sources of the function, of whatever version or alias."""
    pages = place.client("lambda").get_paginator("list_event_source_mappings").paginate()
    found = [mapping for page in pages for mapping in page["EventSourceMappings"]]
    return [one for one in found if _name(one) == place.function and ":sqs:" in one.get("EventSourceArn", "")]


def _name(mapping: Mapping[str, Any]) -> str:
    """``arn:aws:lambda:REGION:ACCOUNT:function:NAME[:ALIAS]`` → ``NAME``."""
    return str(mapping["FunctionArn"]).split(":")[6]


def _event_source(place: Deployment, source: Mapping[str, Any]) -> Finding:
    what, queue = "event source", _last(source["EventSourceArn"])
    if source["State"] not in ("Enabled", "Enabling", "Updating", "Creating"):
        detail = (
            f"the event source of queue {queue} is {source['State']}: events pile up and nothing is granted or removed"
        )
        remedy = f"aws lambda update-event-source-mapping --uuid {source['UUID']} --enabled --region {place.region}"
        return broken(place.where, what, detail, remedy)
    if "ReportBatchItemFailures" not in (source.get("FunctionResponseTypes") or ()):
        detail = (
            f"the event source of queue {queue} does not report batch item failures: records to retry would be lost"
        )
        return broken(place.where, what, detail, _DEPLOY)
    return well(place.where, what, f"queue {queue} feeds the function")


def _queue(place: Deployment, arn: str) -> tuple[Finding, ...]:
    attributes = queue_attributes(place, arn)
    waiting = attributes.get("ApproximateNumberOfMessages", "?")
    findings = [_encryption(place, arn, attributes)]
    dead_letters = dead_letters_of(attributes)
    if dead_letters is None:
        detail = f"queue {_last(arn)} has no dead-letter queue: a record that fails is tried until it expires"
        return (*findings, broken(place.where, "queue", detail, _DEPLOY))
    return (
        *findings,
        well(place.where, "queue", f"{_last(arn)} is reachable, {waiting} messages wait"),
        _dead_letters(place, dead_letters, arn),
    )


def _encryption(place: Deployment, arn: str, attributes: Mapping[str, str]) -> Finding:
    """Amazon SQS developer guide, "Encryption at rest"; EventBridge user guide, "Amazon SQS permissions"."""
    what, key = "queue encryption", attributes.get("KmsMasterKeyId", "")
    if key.endswith(_AWS_MANAGED_KEY):
        detail = (
            f"queue {_last(arn)} is encrypted with {_AWS_MANAGED_KEY}, which EventBridge may not use: no event arrives"
        )
        return broken(place.where, what, detail, f"use SSE-SQS: {_DEPLOY}")
    if key:
        detail = f"queue {_last(arn)} is encrypted with a key of yours, {key}"
        return doubt(place.where, what, detail, "let events.amazonaws.com use that key, or use SSE-SQS")
    if attributes.get("SqsManagedSseEnabled") != "true":
        return doubt(place.where, what, f"queue {_last(arn)} is not encrypted at rest", f"use SSE-SQS: {_DEPLOY}")
    return well(place.where, what, f"queue {_last(arn)} has SSE-SQS")


def _dead_letters(place: Deployment, arn: str, queue_arn: str) -> Finding:
    what, held = "dead letters", int(queue_attributes(place, arn)["ApproximateNumberOfMessages"])
    if held:
        detail = f"{_last(arn)} holds {held} records that could not be worked on"
        return doubt(
            place.where,
            what,
            detail,
            f"read their attribute `reason`, mend the cause, then aws sqs start-message-move-task --source-arn {arn} "
            f"--destination-arn {queue_arn}",
        )
    return well(place.where, what, f"{_last(arn)} is empty")


def _rule(place: Deployment, queue_arn: str) -> Finding:
    bus = "default" if place.region == place.home else place.policy.installation
    return _rule_to(place, place.region, bus, queue_arn, "rule")


def _forwarder(place: Deployment) -> tuple[Finding, ...]:
    """The rule in IAM's home region that sends the events here, where this is another region."""
    if place.region == place.home:
        return ()
    account = place.clusters[0].account
    bus = f"arn:{place.partition}:events:{place.region}:{account}:event-bus/{place.policy.installation}"
    return (_rule_to(place, place.home, "default", bus, "forwarder"),)


def _rule_to(place: Deployment, region: str, bus: str, target: str, what: str) -> Finding:
    client = place.client("events", region)
    names = client.list_rule_names_by_target(TargetArn=target, EventBusName=bus)["RuleNames"]
    if not names:
        detail = f"no rule of the bus {bus} in {region} sends events to {_last(target)}"
        return broken(place.where, what, detail, _DEPLOY)
    rules = [client.describe_rule(Name=name, EventBusName=bus) for name in names]
    wanted = event_pattern(place.accounts)
    fit = [rule for rule in rules if json.loads(rule.get("EventPattern") or "{}") == wanted]
    if not fit:
        detail = f"the pattern of {', '.join(names)} is not the one that this version and registrar.yaml ask for"
        return broken(place.where, what, detail, f"{_DEPLOY}; expected {json.dumps(wanted)}")
    on = [rule["Name"] for rule in fit if rule["State"].startswith("ENABLED")]
    if not on:
        remedy = f"aws events enable-rule --name {fit[0]['Name']} --event-bus-name {bus} --region {region}"
        return broken(place.where, what, f"{fit[0]['Name']} is disabled: no event comes", remedy)
    return well(place.where, what, f"{on[0]} sends IAM's events to {_last(target)}")


def dead_letters_of(attributes: Mapping[str, str]) -> str | None:
    """The ARN of the dead-letter queue that a queue's attributes name."""
    found: str | None = json.loads(attributes.get("RedrivePolicy") or "{}").get("deadLetterTargetArn")
    return found


def queue_attributes(place: Deployment, arn: str) -> dict[str, str]:
    """All attributes of a queue, also of another account."""
    sqs = place.client("sqs")
    url = sqs.get_queue_url(QueueName=_last(arn), QueueOwnerAWSAccountId=arn.split(":")[4])["QueueUrl"]
    attributes: dict[str, str] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return attributes


def _last(arn: str) -> str:
    return arn.rpartition(":")[2].rpartition("/")[2]

"""The two shapes between SQS and a function: the records that go in, and the failures that come out.

Source: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html (the event) and
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any


def records(messages: Sequence[Mapping[str, Any]], queue_arn: str) -> dict[str, Any]:
    """The event of a batch, from messages as `ReceiveMessage` returns them."""
    region = queue_arn.split(":")[3]
    return {"Records": [_record(message, queue_arn, region) for message in messages]}


def failed_ids(answer: bytes, sent: Sequence[str]) -> frozenset[str]:
    """Which of the messages stay in the queue, under ``ReportBatchItemFailures``.

    All succeeded: the answer is null, or an object whose ``batchItemFailures`` is missing, null or empty.
    All failed: the answer is no JSON object, or one ``itemIdentifier`` is missing, null, empty or not in the batch.

    Args:
        answer: what the function returned; a function's error never comes here.
        sent: the message ids of the batch.

    """
    everything = frozenset(sent)
    try:
        document = json.loads(answer)
    except ValueError:
        return everything
    if document is None:
        return frozenset()
    failures = document.get("batchItemFailures") if isinstance(document, dict) else "not an object"
    if failures is None:
        return frozenset()
    if not isinstance(failures, list):
        return everything
    ids = [failure.get("itemIdentifier") if isinstance(failure, dict) else None for failure in failures]
    known = frozenset(one for one in ids if isinstance(one, str) and one in everything)
    return known if all(one in known for one in ids) else everything


def _record(message: Mapping[str, Any], queue_arn: str, region: str) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": {name: _attribute(value) for name, value in message.get("MessageAttributes", {}).items()},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": region,
    }


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    record: dict[str, Any] = {"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
    return record | ({"stringValue": value["StringValue"]} if "StringValue" in value else {})

"""What the event source hands to the function, and how it reads the answer."""

import pytest

from lab.aws.batch import failed_ids, records

SENT = ("a", "b", "c")


@pytest.mark.parametrize(
    "answer", ["null", "{}", '{"batchItemFailures": null}', '{"batchItemFailures": []}', '{"other": 1}']
)
def test_an_answer_without_failures_means_that_all_succeeded(answer: str) -> None:
    """The documented forms of complete success."""
    assert failed_ids(answer.encode(), SENT) == frozenset()


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "not json",
        '"text"',
        "[]",
        '{"batchItemFailures": "a"}',
        '{"batchItemFailures": ["a"]}',
        '{"batchItemFailures": [{"itemIdentifier": ""}]}',
        '{"batchItemFailures": [{"itemIdentifier": null}]}',
        '{"batchItemFailures": [{"itemId": "a"}]}',
        '{"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "unknown"}]}',
    ],
)
def test_an_answer_that_cannot_be_trusted_means_that_all_failed(answer: str) -> None:
    """The documented forms of complete failure, an unknown message id among them."""
    assert failed_ids(answer.encode(), SENT) == frozenset(SENT)


def test_named_failures_alone_come_back() -> None:
    """Partial failure: the named messages stay, a name given twice counts once."""
    answer = b'{"batchItemFailures": [{"itemIdentifier": "c"}, {"itemIdentifier": "a"}, {"itemIdentifier": "a"}]}'
    assert failed_ids(answer, SENT) == {"a", "c"}


def test_a_record_has_the_shape_that_lambda_documents() -> None:
    """The keys and values of an SQS record in a function's event."""
    message = {
        "MessageId": "1",
        "ReceiptHandle": "handle",
        "Body": "text",
        "MD5OfBody": "md5",
        "Attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183"},
        "MessageAttributes": {"why": {"DataType": "String", "StringValue": "poison"}},
    }
    assert records([message], "arn:aws:sqs:us-east-1:123456789012:q") == {
        "Records": [
            {
                "messageId": "1",
                "receiptHandle": "handle",
                "body": "text",
                "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183"},
                "messageAttributes": {
                    "why": {
                        "stringValue": "poison",
                        "stringListValues": [],
                        "binaryListValues": [],
                        "dataType": "String",
                    }
                },
                "md5OfBody": "md5",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:q",
                "awsRegion": "us-east-1",
            }
        ]
    }

"""From an IAM call by the plain command line to an invocation, and what becomes of messages that fail."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aws_support import Journal, eventually

from lab.aws.side import AwsSide, FunctionError
from lab.sessions import session_of


def send(side: AwsSide, *bodies: dict[str, Any]) -> list[str]:
    """Put messages on the function's queue in one call and return their ids."""
    entries = [{"Id": str(index), "MessageBody": json.dumps(body)} for index, body in enumerate(bodies)]
    answer = side.client("sqs").send_message_batch(QueueUrl=side.queue_url, Entries=entries)
    return [sent["MessageId"] for sent in answer["Successful"]]


def receives(journal: Journal, message_id: str) -> list[int]:
    """The receive counts with which a message reached the function."""
    seen = [record for record in journal.records() if record["messageId"] == message_id]
    return [int(record["attributes"]["ApproximateReceiveCount"]) for record in seen]


def aws(side: AwsSide, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the AWS command line as the account's administrator."""
    beside = Path(sys.executable).with_name("aws")
    program = str(beside) if beside.exists() else shutil.which("aws") or "aws"
    environment = side.admin_environment() | {"PATH": str(beside.parent)}
    return subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, check=False)


def test_a_plain_aws_iam_tag_role_invokes_the_function(side: AwsSide, journal: Journal, trust: str) -> None:
    """CLI → IAM → CloudTrail stand-in → EventBridge → SQS → function, with the event's content intact."""
    side.client("iam").create_role(RoleName="cli-tagged", Path="/dev/", AssumeRolePolicyDocument=trust)
    called = aws(side, "iam", "tag-role", "--role-name", "cli-tagged", "--tags", "Key=eks-registrar/lab,Value=edit@x")
    assert called.returncode == 0, called.stderr

    def arrived() -> list[dict[str, Any]]:
        events = journal.events("TagRole")
        return [event for event in events if event["detail"]["requestParameters"]["roleName"] == "cli-tagged"]

    event = eventually(arrived)[0]
    assert event["account"] == "123456789012"
    assert event["detail"]["requestParameters"]["tags"] == [{"key": "eks-registrar/lab", "value": "edit@x"}]
    assert event["detail"]["userIdentity"]["userName"] == "administrator"
    assert event["detail"]["userAgent"].startswith("aws-cli/")


def test_a_call_that_failed_does_not_reach_the_function(side: AwsSide, journal: Journal, trust: str) -> None:
    """A failed CreateRole before a good one: only the good one arrives."""
    iam = side.client("iam")
    iam.create_role(RoleName="twice", AssumeRolePolicyDocument=trust)
    with pytest.raises(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName="twice", AssumeRolePolicyDocument=trust)
    iam.create_role(RoleName="afterwards", AssumeRolePolicyDocument=trust)

    def created() -> list[str]:
        return [event["detail"]["requestParameters"]["roleName"] for event in journal.events("CreateRole")]

    eventually(lambda: "afterwards" in created())
    assert created().count("twice") == 1


def test_only_the_message_that_failed_comes_back_and_then_goes_to_the_dead_letter_queue(
    side: AwsSide, journal: Journal
) -> None:
    """Partial failure, visibility timeout and redrive after maxReceiveCount, in one batch."""
    good, bad = send(side, {"good": 1}, {"fail": True})
    sqs = side.client("sqs")

    def dead() -> list[str]:
        answer = sqs.receive_message(QueueUrl=side.dead_letter_queue_url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [message["MessageId"] for message in answer.get("Messages", [])]

    eventually(lambda: bad in dead())
    assert receives(journal, good) == [1]
    assert receives(journal, bad) == [1, 2]
    assert good not in dead()


def test_the_whole_batch_comes_back_when_the_function_raises(side: AwsSide, journal: Journal) -> None:
    """A function error fails every message of its batch."""
    ids = send(side, {"good": 2}, {"raise": "told to"})
    eventually(lambda: all(receives(journal, one) == [1, 2] for one in ids))


def test_an_unknown_item_identifier_fails_the_whole_batch(side: AwsSide, journal: Journal) -> None:
    """The event source does not guess which message was meant."""
    ids = send(side, {"good": 3}, {"answer": {"batchItemFailures": [{"itemIdentifier": "unheard-of"}]}})
    eventually(lambda: all(receives(journal, one) == [1, 2] for one in ids))


def test_messages_of_one_window_arrive_in_one_invocation(side: AwsSide, journal: Journal) -> None:
    """More than ten messages, the most that one receive returns, make one batch."""
    ids = {*send(side, *({"n": n} for n in range(10))), *send(side, *({"n": n} for n in range(10, 15)))}
    eventually(lambda: ids <= {record["messageId"] for record in journal.records()})
    batches = [{record["messageId"] for record in line["event"].get("Records", [])} for line in journal.invocations()]
    assert any(ids <= batch for batch in batches)


def test_two_invocations_at_the_same_time_have_two_runtimes(side: AwsSide, journal: Journal) -> None:
    """One from the queue and one by hand, each waiting for the other inside the function, both end."""
    (queued,) = send(side, {"meet": "here"})
    assert side.invoke({"meet": "here"}) == {"batchItemFailures": []}
    eventually(lambda: receives(journal, queued))
    pids = {line["pid"] for line in journal.invocations() if '"here' in json.dumps(line["event"]).replace("\\", "")}
    assert len(pids) == 2


def test_a_direct_invocation_returns_the_answer_or_raises(side: AwsSide, journal: Journal) -> None:
    """Invoke by hand: the function's answer, its error, and its time-out."""
    assert side.invoke({"answer": {"it": "works"}}) == {"it": "works"}
    assert journal.invocations()[-1]["function"] == "eks-registrar"
    with pytest.raises(FunctionError, match="RuntimeError"):
        side.invoke({"raise": "told to"})
    with pytest.raises(FunctionError, match=r"timed out after 3\.00 seconds"):
        side.invoke({"sleep": 30})


def test_the_function_runs_as_the_registrars_role(side: AwsSide, journal: Journal) -> None:
    """The event source and the function have the role's credentials, never an administrator's."""
    environment = side.role_environment("eks-registrar", "test")
    session = session_of(environment)
    arn = session.client("sts", endpoint_url=side.endpoint_url).get_caller_identity()["Arn"]
    assert arn == "arn:aws:sts::123456789012:assumed-role/eks-registrar/test"
    assert "administrator" not in side.function_log.read_text()

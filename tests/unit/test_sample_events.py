"""The files of ``events/``: each is complete, and is read to the hint, the reason or the error that it stands for."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.model import ListShape, Shape, StructureShape
from moto.core.model import OperationModel
from moto.core.utils import get_service_model

from infra.event_pattern import IAM_EVENT_NAMES
from lab.aws.caller import Caller, SessionIssuer
from lab.aws.cloudtrail import RecordedCall, detail
from registrar.errors import PoisonRecord
from registrar.events import ROLE_EVENTS, Ignored, read_event, touches
from registrar.model import Hint, PrincipalKind, PrincipalRef

EVENTS = Path(__file__).parents[2] / "events"
ACCOUNT, REGION = "123456789012", "us-east-1"
OUR_KEY = ("eks-registrar/prod",)
# By file: the call, the role that it names, and the tag keys that it shows.
HINTS: dict[str, tuple[str, str, tuple[str, ...] | None]] = {
    "create-identity-center-role": ("CreateRole", "AWSReservedSSO_Ops_0123456789abcdef", None),
    "create-identity-center-role-with-region": ("CreateRole", "AWSReservedSSO_Ops_fedcba9876543210", None),
    "create-node-role": ("CreateRole", "prod-nodes-NodeInstanceRole-0EXAMPLE", None),
    "create-role-with-path": ("CreateRole", "payments-oncall", None),
    "create-role-with-tags": ("CreateRole", "payments-dev", None),
    "create-role-without-tags": ("CreateRole", "reporting", None),
    "delete-role": ("DeleteRole", "payments-dev", None),
    "tag-role": ("TagRole", "reporting", OUR_KEY),
    "tag-service-linked-role": ("TagRole", "AWSServiceRoleForAutoScaling", ("team", "eks-registrar")),
    "untag-role": ("UntagRole", "reporting", OUR_KEY),
}
IGNORED = {
    "create-service-linked-role": "the call 'CreateServiceLinkedRole' changes no registered principal",
    "failed-access-denied": "the call failed ('AccessDenied') and changed nothing",
    "failed-no-such-role": "the call failed ('NoSuchEntityException') and changed nothing",
}
BATCH = "sqs-batch-with-poison"
SINGLE = sorted([*HINTS, *IGNORED])

ENVELOPE = {"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"}
# CloudTrail user guide, "CloudTrail record contents". The lab speaks no TLS, so its stand-in has no tlsDetails.
RANDOM_IDS = {"requestID", "eventID"}
TLS = "tlsDetails"
# RFC 5737, and the names by which CloudTrail shows calls of AWS services.
DOCUMENTATION_SOURCE = re.compile(r"(192\.0\.2|198\.51\.100|203\.0\.113)\.[0-9]{1,3}|[a-z]+\.amazonaws\.com")
API_ERROR_CODES = {"NoSuchEntityException": "NoSuchEntity", "AccessDenied": "AccessDenied"}
_CREATED = "%b %d, %Y %I:%M:%S %p"


def sample(name: str) -> dict[str, Any]:
    """One file of ``events/``."""
    loaded: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return loaded


def test_every_file_is_known_here() -> None:
    """No sample is left without an expectation, and none that is expected is missing."""
    assert {path.stem for path in EVENTS.glob("*.json")} == {*SINGLE, BATCH}


@pytest.mark.parametrize("name", sorted(HINTS))
def test_a_sample_is_read_to_its_hint(name: str) -> None:
    """The hint names the role, the call, its time, and the tags that the event shows; and it concerns us."""
    event_name, role, keys = HINTS[name]
    event = sample(name)
    hint = read_event(event)
    assert hint == Hint(
        principal=PrincipalRef(ACCOUNT, PrincipalKind.ROLE, role),
        event_name=event_name,
        time=datetime.fromisoformat(event["time"]),
        event_id=event["detail"]["eventID"],
        tag_keys=keys,
        tags=tuple((tag["key"], tag["value"]) for tag in event["detail"]["requestParameters"].get("tags", ())),
    )
    assert isinstance(hint, Hint)
    assert str(hint.principal) == f"{ACCOUNT}:role/{role}"  # references are equal whatever the case
    assert touches(hint, "eks-registrar")


@pytest.mark.parametrize("name", sorted(IGNORED))
def test_a_sample_that_changes_nothing_is_ignored_with_its_reason(name: str) -> None:
    """Failed calls and calls that are no business of ours say why they are passed over."""
    assert read_event(sample(name)) == Ignored(IGNORED[name])


@pytest.mark.parametrize("name", SINGLE)
def test_the_envelope_is_complete(name: str) -> None:
    """EventBridge's envelope has all its members, and agrees with the record inside it."""
    event = sample(name)
    assert set(event) == ENVELOPE
    assert (event["account"], event["region"], event["source"]) == (ACCOUNT, REGION, "aws.iam")
    inner = event["detail"]
    assert (inner["recipientAccountId"], inner["awsRegion"], inner["eventTime"]) == (ACCOUNT, REGION, event["time"])
    assert DOCUMENTATION_SOURCE.fullmatch(inner["sourceIPAddress"])


@pytest.mark.parametrize("name", SINGLE)
def test_the_lab_sends_the_same_event_for_the_same_call(name: str) -> None:
    """The CloudTrail stand-in makes of the call the very record of the sample, but for random ids and TLS."""
    recorded = sample(name)["detail"]
    made = detail(_call(recorded))
    without = {*RANDOM_IDS, TLS}
    assert set(made) == set(recorded) - {TLS}
    # A denied call is recorded without its parameters, so what they were cannot be given to the stand-in.
    assert {k: v for k, v in made.items() if k not in without} == {
        k: v for k, v in recorded.items() if k not in without
    }


def test_the_batch_is_as_sqs_hands_it_to_lambda() -> None:
    """Every record has the members of an SQS event, and the digest of its body."""
    members = {"messageId", "receiptHandle", "body", "attributes", "messageAttributes"}
    members |= {"md5OfBody", "eventSource", "eventSourceARN", "awsRegion"}
    for record in sample(BATCH)["Records"]:
        assert set(record) == members
        assert record["md5OfBody"] == hashlib.md5(record["body"].encode(), usedforsecurity=False).hexdigest()
        assert record["eventSourceARN"].startswith(f"arn:aws:sqs:{REGION}:{ACCOUNT}:")


def test_one_record_of_the_batch_is_poison_and_the_others_are_hints() -> None:
    """One body is no JSON; the rest are the samples themselves, one of them delivered twice."""
    readable: list[dict[str, Any]] = []
    poison: list[str] = []
    for record in sample(BATCH)["Records"]:
        try:
            readable.append(json.loads(record["body"]))
        except ValueError:
            poison.append(record["body"])
    assert len(poison) == 1
    assert readable == [sample(name) for name in ("create-role-with-tags", "tag-role", "tag-role")]


def test_a_text_in_place_of_an_event_is_poison() -> None:
    """What is no event at all is told apart from an event that is not ours."""
    with pytest.raises(PoisonRecord, match="not an EventBridge event"):
        read_event(sample(BATCH)["Records"][2]["body"])


def test_no_sample_holds_a_real_looking_key() -> None:
    """Access key ids are those of AWS's own documentation; no secret and no token appears."""
    text = "".join(path.read_text() for path in EVENTS.glob("*.json"))
    assert set(re.findall(r"\b(?:AKIA|ASIA)\w+", text)) == {"AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"}
    assert not re.search(r"secretAccessKey|sessionToken|k8s-aws-v1", text, re.IGNORECASE)
    assert set(re.findall(r"\b[0-9]{12}\b", text)) == {ACCOUNT}


def test_the_rule_asks_for_the_calls_that_the_registrar_reads() -> None:
    """The EventBridge rule and the reader name the same calls, and there is a sample of each."""
    assert set(IAM_EVENT_NAMES) == ROLE_EVENTS == {event_name for event_name, _, _ in HINTS.values()}


def _call(recorded: dict[str, Any]) -> RecordedCall:
    """The call behind a record, as the lab sees it."""
    operation: OperationModel = get_service_model("iam").operation_model(recorded["eventName"])
    result = _as_called(recorded["responseElements"] or {}, operation.output_shape)
    if "errorCode" in recorded:
        result = {"Error": {"Code": API_ERROR_CODES[recorded["errorCode"]], "Message": recorded["errorMessage"]}}
    return RecordedCall(
        operation=operation,
        params=_as_called(recorded["requestParameters"] or {}, operation.input_shape),
        result=result,
        caller=_caller(recorded["userIdentity"]),
        user_agent=recorded["userAgent"],
        source_ip=recorded["sourceIPAddress"],
        at=datetime.fromisoformat(recorded["eventTime"]),
    )


def _as_called(value: Any, shape: Shape | None) -> Any:
    """CloudTrail's spelling back into botocore's."""
    if isinstance(shape, StructureShape):
        members = {name[0].lower() + name[1:]: name for name in shape.members}
        return {members[key]: _as_called(item, shape.members[members[key]]) for key, item in value.items()}
    if isinstance(shape, ListShape):
        return [_as_called(item, shape.member) for item in value]
    if shape is not None and shape.type_name == "timestamp":
        return datetime.strptime(value, _CREATED).replace(tzinfo=UTC)
    return value


def _caller(identity: dict[str, Any]) -> Caller:
    session = identity.get("sessionContext")
    issuer = session and session["sessionIssuer"]
    return Caller(
        account=identity["accountId"],
        partition="aws",
        arn=identity["arn"],
        user_id=identity["principalId"],
        access_key_id=identity.get("accessKeyId", ""),
        user_name=identity.get("userName"),
        issuer=SessionIssuer(issuer["principalId"], issuer["arn"], issuer["userName"]) if issuer else None,
        since=datetime.fromisoformat(session["attributes"]["creationDate"]) if session else None,
        invoked_by=identity.get("invokedBy"),
    )

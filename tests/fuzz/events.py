"""Target: the body of a record: what anybody who may send to the queue or the bus, or call IAM, can put there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import redirect_stdout
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

from aws_lambda_powertools.utilities.batch import process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from lab.memory.api_server import ApiServer
from lab.memory.iam import Account
from lab.memory.requests import Answer, Request, RoleRecord
from lab.memory.world import World
from registrar import metrics, report
from registrar.batch import OneWriteProcessor
from registrar.errors import NeverRetry, RegistrarError, Retry
from registrar.sinks.aws_auth import PATH
from tests.fuzz.damage import ODD_TEXTS, ODD_VALUES, damaged
from tests.fuzz.target import Target
from tests.interleavings.registrar_actors import registrar_over
from tests.properties.judge import Judge

_EVENTS = Path(__file__).parents[2] / "events"
_SAMPLES = tuple(json.loads(path.read_text(encoding="utf-8")) for path in sorted(_EVENTS.glob("*.json")))
_REQUESTS = (
    {"registrar": "sweep", "account": "123456789012", "planHash": None},
    {"registrar": "sweep", "account": "123456789012", "planHash": "0123456789abcdef"},
    *({"registrar": word} for word in ("doctor", "plan", "purge", "")),
)
_NODE = "- rolearn: arn:aws:iam::123456789012:role/node\n  username: system:node:x\n  groups: [system:nodes]\n"
_ROW = (
    '- {{"rolearn": "arn:aws:iam::123456789012:role/{0}", '
    '"username": "eks-registrar:123456789012:role/{0}:{{{{SessionName}}}}", "groups": ["eks-registrar:view"]}}\n'
)
ALICE, BOB = _ROW.format("alice"), _ROW.format("bob")

_OURS = "app.kubernetes.io/managed-by"
_RBAC = "/apis/rbac.authorization.k8s.io/v1"


def _world() -> World:
    """Alice should have ``view`` and has nothing yet; bob has it and should not; nobody else is known."""
    group = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "eks-registrar:view"}
    binding = {
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "eks-registrar:view", "labels": {_OURS: "eks-registrar"}},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [group],
    }
    objects: dict[str, dict[str, Any]] = {
        PATH: {"kind": "ConfigMap", "metadata": {"name": "aws-auth"}, "data": {"mapRoles": BOB + _NODE}},
        f"{_RBAC}/clusterroles/view": {"kind": "ClusterRole", "metadata": {"name": "view"}},
        f"{_RBAC}/clusterrolebindings/eks-registrar:view": binding,
    }
    long_ago = -86_400
    alice = RoleRecord("alice", "AROAALICE", long_ago, (("eks-registrar", "view"),))
    return World(ApiServer.of(objects), Account.of(alice, RoleRecord("bob", "AROABOB", long_ago)))


WORLD = _world()


@dataclass
class _Sinks:
    """The dead-letter queue and the queue, as lists."""

    letters: list[RegistrarError] = field(default_factory=list)
    pauses: list[int] = field(default_factory=list)

    def send(self, body: str, message_id: str, error: RegistrarError) -> None:
        """Keep a letter."""
        assert message_id, body
        self.letters.append(error)

    def delete_from_before(self, moment: datetime) -> int:
        """Delete none: none is from before."""
        assert moment.tzinfo is not None
        return 0

    def after(self, record: SQSRecord, seconds: int) -> None:
        """Keep a pause."""
        assert record.message_id
        self.pauses.append(seconds)


@dataclass
class _Asked:
    """The world behind the clients, after the requests so far."""

    world: World = WORLD

    def __call__(self, asked: Request) -> Answer:
        self.world, answer = next(iter(self.world.outcomes(asked)))
        return answer

    @property
    def map_roles(self) -> str:
        """``mapRoles`` as it stands."""
        return str((self.world.api.find(PATH) or {})["data"]["mapRoles"])


def law(bodies: list[str], judge: Judge) -> str:
    """Every record is done, retried or buried; rows change only as IAM says, whatever an event claims."""
    asked, sinks = _Asked(), _Sinks()
    processor = OneWriteProcessor(registrar_over(asked, seconds=30), sinks, sinks)
    records = [
        {"messageId": f"m{n}", "body": body, "attributes": {"ApproximateReceiveCount": "2"}}
        for n, body in enumerate(bodies)
    ]
    answer = process_partial_response(
        event={"Records": records}, record_handler=_no_single_record, processor=processor, context=None
    )
    errors = [outcome.error for outcome in processor.settled.outcomes]
    assert len(errors) == len(bodies)
    assert len(answer["batchItemFailures"]) == len(sinks.pauses) == sum(isinstance(error, Retry) for error in errors)
    assert len(sinks.letters) == sum(isinstance(error, NeverRetry) for error in errors)
    _can_be_told(processor)
    assert asked.map_roles in (BOB + _NODE, ALICE + BOB + _NODE, ALICE + _NODE, _NODE)
    kinds = {type(error).__name__ for error in errors if error is not None}
    return ", ".join(sorted(kinds)) or ("done" if processor.settled.results else "ignored")


def _can_be_told(processor: OneWriteProcessor) -> None:
    for line in report.lines(processor.settled):
        assert line.message.isprintable(), line.message
        json.dumps([line.message, dict(line.fields)], ensure_ascii=False).encode()
    with redirect_stdout(StringIO()):
        metrics.emit(processor.settled, "fuzz", processor.registrar.runtime.now())


def _no_single_record(record: object) -> None:
    raise AssertionError("records are settled together")


_ODD_JSON: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, float("inf"), float("nan"), 10**300, "", [], {}, [[]], [{}], {"x": []}),
    *("alice", "bob", "mallory", "a" * 65, "a/b", "../bob", "eks-registrar", "TagRole"),
    *("123456789012", "\u0661" * 12, "TagRole\n"),
    *("2026-11-20T12:00:20Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-W47", "20261120T12"),
    *(*ODD_TEXTS, *ODD_VALUES),
)


def _odd_json(random: Random) -> Any:
    found = deepcopy(random.choice(_ODD_JSON))
    tag = {"key": random.choice(("eks-registrar", found)), "value": deepcopy(random.choice(_ODD_JSON))}
    return random.choice((found, found, found, [found], [tag], [tag, found], {"x": found}))


def _places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value in a JSON document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*at, key)
        yield from _places(inner, (*at, key))


def _changed(random: Random) -> str:
    """A sample with up to three of its values replaced or taken away, sometimes with a key that stands twice."""
    document = json.loads(random.choice(_TEXTS))
    for _ in range(random.randint(0, 3)):
        places = list(_places(document))
        if not places:
            break
        *way, last = random.choice(places)
        holder = document
        for key in way:
            holder = holder[key]
        if random.random() < 0.7 or isinstance(holder, list):
            holder[last] = _odd_json(random)
        else:
            del holder[last]
    text = json.dumps(document)
    return text[:-1] + f', "detail": {json.dumps(_odd_json(random))}}}' if random.random() < 0.05 else text


def _well_formed(random: Random) -> str:
    """An event in the documented shape, of a role that is there or not, of about now or long ago."""
    name = random.choice(("CreateRole", "TagRole", "UntagRole", "DeleteRole", "PutRolePolicy"))
    key, value = random.choice(("eks-registrar", "Eks-Registrar", "x")), random.choice(("view", _odd_json(random)))
    shown: dict[str, dict[str, Any]] = {
        "TagRole": {"tags": [{"key": key, "value": value}]},
        "CreateRole": {"tags": [{"key": key, "value": value}]},
        "UntagRole": {"tagKeys": [key]},
    }
    more = shown.get(name, {}) if random.random() < 0.5 else {}
    detail = {
        "eventSource": "iam.amazonaws.com",
        "eventName": name,
        "eventTime": f"2026-11-20T{random.choice((11, 12, 13))}:00:{random.randint(0, 59):02}Z",
        "eventID": _odd_json(random),
        "requestParameters": {"roleName": random.choice(("alice", "ALICE", "bob", "nobody")), **more},
    }
    return json.dumps({"detail-type": "AWS API Call via CloudTrail", "account": "123456789012", "detail": detail})


def _nested(random: Random) -> str:
    """An event with something deep in it: near the depth at which Python's JSON parser gives up, and beyond."""
    opened, closed = random.choice((("[", "]"), ('{"a":', "}")))
    depth = random.choice((random.randint(1, 60), random.randint(850, 1050)))
    inner = f"{opened * depth}1{closed * depth}"
    return _well_formed(random).replace('"eventID": ', f'"{random.choice(_DEEP_KEYS)}": {inner}, "x": ', 1)


def _make(random: Random) -> list[str]:
    ways = (_changed, _changed, _well_formed, _well_formed, lambda chance: damaged(chance, _TEXTS), _nested)
    return [random.choice(ways)(random) for _ in range(random.randint(1, 3))]


_DEEP_KEYS = ("eventID", "errorCode", "responseElements")
_TEXTS = tuple(json.dumps(sample) for sample in (*_SAMPLES, *_REQUESTS))
TARGET = Target("events", _make, law)

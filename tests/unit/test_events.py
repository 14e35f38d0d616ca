"""CloudTrail events → hints: what is looked at, what is ignored, what is poison. Nothing may crash it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from registrar.errors import PoisonRecord
from registrar.events import Ignored, read_event, shown, touches
from registrar.model import Hint, PrincipalKind, PrincipalRef


def event(name: object = "TagRole", parameters: object = None, **detail: Any) -> dict[str, Any]:
    """An IAM call in its envelope, as EventBridge delivers it."""
    return {
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.iam",
        "account": "123456789012",
        "time": "2026-11-20T12:00:05Z",
        "detail": {
            "eventSource": "iam.amazonaws.com",
            "eventName": name,
            "eventTime": "2026-11-20T12:00:00Z",
            "eventID": "e-1",
            "requestParameters": {"roleName": "alice"} if parameters is None else parameters,
            **detail,
        },
    }


def hint_of(value: object) -> Hint:
    """The hint in an event that must have one."""
    found = read_event(value)
    assert isinstance(found, Hint), found
    return found


@pytest.mark.parametrize("name", ["CreateRole", "TagRole", "UntagRole", "DeleteRole"])
def test_an_event_names_the_role_to_look_at(name: str) -> None:
    """The principal is of the envelope's account; the time is that of the call."""
    assert hint_of(event(name)) == Hint(
        PrincipalRef("123456789012", PrincipalKind.ROLE, "alice"),
        name,
        datetime(2026, 11, 20, 12, 0, tzinfo=UTC),
        "e-1",
    )


def test_the_account_is_the_envelope_s() -> None:
    """What the detail says about accounts is anybody's word."""
    forged = event(recipientAccountId="111122223333", userIdentity={"accountId": "111122223333"})
    assert hint_of(forged).principal.account == "123456789012"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"eventName": "AttachRolePolicy"}, "changes no registered principal"),
        ({"eventName": None}, "changes no registered principal"),
        ({"eventName": {"not": "a text"}}, "a mapping changes no registered principal"),
        ({"eventName": ["TagRole"]}, "a list changes no registered principal"),
        ({"eventSource": "sts.amazonaws.com"}, "not an IAM call"),
        ({"errorCode": "AccessDenied"}, "failed ('AccessDenied')"),
        ({"errorCode": "AccessDenied", "requestParameters": None}, "failed"),
        ({"requestParameters": None}, "has no requestParameters"),
        ({"requestParameters": "roleName=alice"}, "has no requestParameters"),
    ],
)
def test_an_event_that_changes_nothing_is_ignored(change: dict[str, Any], reason: str) -> None:
    """Other calls, failed calls and events without parameters are done at once, with the reason."""
    found = read_event(event(**{"requestParameters": {"roleName": "alice"}, **change}))
    assert isinstance(found, Ignored)
    assert reason in found.reason


def test_another_kind_of_event_is_ignored() -> None:
    """A scheduled event on the same bus is no mistake."""
    assert isinstance(read_event({**event(), "detail-type": "Scheduled Event"}), Ignored)


@pytest.mark.parametrize("value", [None, [], "text", 7, {}, {"detail": None}, {"detail": "x"}, {"detail": []}])
def test_what_is_no_event_is_poison(value: object) -> None:
    """Something without a detail did not come from EventBridge."""
    with pytest.raises(PoisonRecord, match="not an EventBridge event"):
        read_event(value)


@pytest.mark.parametrize("account", [None, "", "12345", 123456789012, "12345678901\u0662", "123456789012\n", ["1"]])
def test_an_event_without_an_account_is_poison(account: object) -> None:
    """Twelve ASCII digits in a text, or nothing is looked at."""
    with pytest.raises(PoisonRecord, match="no account of 12 digits"):
        read_event({**event(), "account": account})


@pytest.mark.parametrize(
    "name", [None, "", 5, ["alice"], {"a": 1}, "a" * 65, "a/b", "../alice", "alice\n", "\u00e4lice", "a b", "a*"]
)
def test_an_event_without_a_readable_role_is_poison(name: object) -> None:
    """A name that IAM could not hold is not asked for."""
    with pytest.raises(PoisonRecord, match="names no role"):
        read_event(event(parameters={"roleName": name}))


@pytest.mark.parametrize("name", ["a", "a" * 64, "A_b+c=d,e.f@g-h"])
def test_every_name_that_iam_can_hold_is_read(name: str) -> None:
    """The whole alphabet of role names, up to 64 characters."""
    assert hint_of(event(parameters={"roleName": name})).principal.name == name


@pytest.mark.parametrize("time", ["yesterday", 17, {"at": 1}, [1], "2026-13-01T00:00:00Z"])
def test_an_event_without_a_readable_time_is_poison(time: object) -> None:
    """Without the time nobody can say whether IAM shows the change yet."""
    with pytest.raises(PoisonRecord, match="no readable time"):
        read_event(event(eventTime=time))


def test_the_envelope_s_time_stands_in() -> None:
    """An event without its own time is as old as its delivery."""
    assert hint_of(event(eventTime=None)).time == datetime(2026, 11, 20, 12, 0, 5, tzinfo=UTC)


def test_a_time_without_a_zone_is_utc() -> None:
    """No time is left to the machine's zone, and a written zone is honoured."""
    assert hint_of(event(eventTime="2026-11-20T12:00:00")).time.tzinfo is UTC
    assert hint_of(event(eventTime="2026-11-20T12:00:00+01:00")).time == datetime(
        2026, 11, 20, 12, tzinfo=timezone(timedelta(hours=1))
    )


@pytest.mark.parametrize(
    ("name", "parameters", "keys"),
    [
        ("TagRole", {"tags": [{"key": "a", "value": "x"}, {"key": "b"}]}, ("a", "b")),
        ("UntagRole", {"tagKeys": ["a", "b"]}, ("a", "b")),
        ("TagRole", {}, None),
        ("TagRole", {"tags": {"key": "a"}}, None),
        ("TagRole", {"tags": [{"Key": "a"}]}, None),
        ("TagRole", {"tags": ["a"]}, None),
        ("UntagRole", {}, None),
        ("UntagRole", {"tagKeys": "a"}, None),
        ("UntagRole", {"tagKeys": ["a", 5]}, None),
        ("CreateRole", {"tags": [{"key": "a", "value": "x"}]}, None),
        ("DeleteRole", {}, None),
    ],
)
def test_the_tag_keys_of_an_event(name: str, parameters: dict[str, Any], keys: tuple[str, ...] | None) -> None:
    """They are read in the documented shape; any other shape means "look", never "nothing of ours"."""
    assert hint_of(event(name, {"roleName": "alice", **parameters})).tag_keys == keys


@pytest.mark.parametrize(
    ("keys", "matters"),
    [
        (None, True),
        ((), False),
        (("team", "cost"), False),
        (("eks-registrar",), True),
        (("team", "eks-registrar/prod"), True),
        (("EKS-Registrar/prod",), True),
        (("eks-registrar2",), False),
        (("eks-registrar/elsewhere/9",), True),
    ],
)
def test_an_event_matters_if_it_may_touch_a_tag_of_ours(keys: tuple[str, ...] | None, matters: bool) -> None:
    """Case does not hide a key: IAM would replace ours by it."""
    hint = Hint(PrincipalRef("1", PrincipalKind.ROLE, "a"), "TagRole", datetime.now(UTC), "e", keys)
    assert touches(hint, "eks-registrar") is matters


def test_a_foreign_value_is_shown_short_and_printable() -> None:
    """Nothing foreign breaks a log line, whatever is in it and however deep it is."""
    deep: Any = []
    for _ in range(5000):
        deep = [deep]
    assert shown(deep) == "a list"
    assert shown({"a": deep}) == "a mapping"
    assert shown("a\n\u2028\x1b") == r"'a\n\u2028\x1b'"
    assert len(shown("x" * 1000)) == 80


def test_two_spellings_of_a_name_are_one_principal() -> None:
    """An event spells a role's name as the caller did; IAM's names ignore case."""
    lower, upper = (hint_of(event(parameters={"roleName": name})).principal for name in ("alice", "ALICE"))
    assert lower == upper
    assert len({lower, upper}) == 1
    assert lower != PrincipalRef("111122223333", PrincipalKind.ROLE, "alice")
    assert str(upper) == "123456789012:role/ALICE"

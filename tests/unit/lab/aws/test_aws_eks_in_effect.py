"""Changes of entries come into effect in their order, some time after the call; the authenticator's file follows."""

import json
import threading
from pathlib import Path

from aws_support import eventually

from lab.aws.eks import dynamic_file
from lab.aws.eks.in_effect import InEffect
from lab.aws.eks.model import Entry, Principal

SOME_TIME = 3600.0


def entry(name: str, kind: str = "role") -> Entry:
    """An entry of a principal with a path."""
    arn = f"arn:aws:iam::123456789012:{kind}/team/{name}"
    principal = Principal(arn, kind, f"ID-{name}", "123456789012", name, "aws", 0.0)
    return Entry("lab", principal, "", "STANDARD", f"a:{name}", ("g",), 0.0, 0.0)


def test_a_change_counts_once_its_time_has_come() -> None:
    """At once, unless the lab is told to wait."""
    states = InEffect()
    states.becomes({"a": entry("a")}, 0.0)
    assert set(states.now()) == {"a"}
    states.becomes({}, SOME_TIME)
    assert set(states.now()) == {"a"}


def test_changes_keep_their_order() -> None:
    """One that comes after a slow one does not overtake it."""
    states = InEffect()
    states.becomes({"slow": entry("slow")}, SOME_TIME)
    states.becomes({"quick": entry("quick")}, 0.0)
    assert set(states.now()) == set()


def test_who_waits_is_told_of_a_change() -> None:
    """Of one made meanwhile, and of one whose time comes meanwhile."""
    states = InEffect()
    first = states.now()
    waiting = threading.Thread(target=states.becomes, args=({"a": entry("a")}, 0.05))
    waiting.start()
    assert set(states.wait_for_change(first, None)) == {"a"}
    waiting.join()


def test_who_waits_need_not_wait_longer_than_they_want() -> None:
    """The state is then the one that they have."""
    states = InEffect()
    assert states.wait_for_change(states.now(), 0.0) is states.now()


def test_the_authenticator_is_told_the_id_the_name_and_the_groups() -> None:
    """Roles and users apart, the ARN in full: it strips the path itself."""
    content = dynamic_file.content({"a": entry("alice"), "b": entry("bob", "user")})
    assert content["mapRoles"] == [
        {
            "rolearn": "arn:aws:iam::123456789012:role/team/alice",
            "userid": "ID-alice",
            "username": "a:alice",
            "groups": ["g"],
        }
    ]
    assert [user["userarn"] for user in content["mapUsers"]] == ["arn:aws:iam::123456789012:user/team/bob"]


def test_the_file_follows_the_entries(tmp_path: Path) -> None:
    """It is there from the beginning, and is replaced whole."""
    path, states = tmp_path / "entries.json", InEffect()
    dynamic_file.keep_written(path, states)
    assert json.loads(path.read_text())["mapRoles"] == []
    assert path.stat().st_mode & 0o777 == 0o600
    states.becomes({"a": entry("alice")}, 0.0)
    eventually(lambda: "ID-alice" in path.read_text())

"""Access entries as the history keeps them: read back as they were written, and by which two records are the same."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from registrar.eks.entry import AccessEntry
from registrar.grants import Grant, GrantKind
from registrar.sinks.entry_record import (
    EntryThen,
    entries_of_text,
    entries_text,
    fingerprint_of_entries,
    then_of,
)
from registrar.sinks.history import MOST_BYTES

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
VIEW = Grant(GrantKind.POLICY, "AmazonEKSViewPolicy", "payments")
ADMIN = EntryThen(
    "arn:aws:iam::123456789012:role/admin", False, "STANDARD", "ops:{{SessionName}}", ("ops",),
    ("AmazonEKSClusterAdminPolicy",), {"team": "platform"}, "2026-11-24T03:00:00Z",
)  # fmt: skip


def entry(name: str = "alice", *policies: Grant) -> AccessEntry:
    """An access entry as EKS tells it."""
    arn, username = (
        f"arn:aws:iam::123456789012:role/{name}",
        f"eks-registrar:123456789012:role/{name}:{{{{SessionName}}}}",
    )
    tags = {"app.kubernetes.io/managed-by": "eks-registrar", "eks-registrar/role-id": "AROAEXAMPLE"}
    return AccessEntry(arn, username, ("eks-registrar:view",), "STANDARD", tags, NOW, NOW, policies)


def test_a_record_is_read_as_it_was_written() -> None:
    """Sorted by ARN, whatever the order."""
    ours = then_of(entry("alice", VIEW), ours=True)
    text = entries_text([ours, ADMIN])
    assert entries_of_text(text) == (ADMIN, ours)
    assert text == entries_text([ADMIN, ours])
    assert entries_of_text(entries_text([])) == ()


def test_an_entry_is_one_line() -> None:
    """A person compares two records by diff."""
    lines = entries_text([then_of(entry(), ours=True), ADMIN]).splitlines()
    assert [line.rstrip(",")[:1] for line in lines] == ["[", "{", "{", "]"]


def test_of_others_everything_is_kept_and_of_ours_what_they_give() -> None:
    """Ours are written from IAM, never from here."""
    of_others = then_of(entry("bob", VIEW), ours=False)
    assert (of_others.username, of_others.created) == (entry("bob").username, "2026-11-24T03:00:00Z")
    assert of_others.tags == entry("bob").tags
    assert of_others.grants == (VIEW,)
    [line] = entries_text([then_of(entry("alice", VIEW), ours=True)]).splitlines()[1:-1]
    assert json.loads(line) == {
        "arn": "arn:aws:iam::123456789012:role/alice", "ours": True, "groups": ["eks-registrar:view"],
        "policies": ["AmazonEKSViewPolicy@payments"],
    }  # fmt: skip


@pytest.mark.parametrize(
    "changed",
    [
        {"username": "x"},
        {"groups": ()},
        {"policies": ()},
        {"tags": {}},
        {"kind": "EC2_LINUX"},
        {"created": "2026-11-24T03:00:01Z"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_any_change_of_others_makes_another_record(changed: dict[str, object]) -> None:
    """One made again among them; of ours none does."""
    same = fingerprint_of_entries([ADMIN])
    assert fingerprint_of_entries([replace(ADMIN, **changed)]) != same  # type: ignore[arg-type]
    assert fingerprint_of_entries([ADMIN, then_of(entry(), ours=True)]) == same


@pytest.mark.parametrize(
    "text", ["", "{", "{}x", "7", "[7]", '[{"groups": []}]', '[{"arn": 7}]', '[{"arn": "a", "created": "now"}]', "null"]
)
def test_what_somebody_wrote_there_is_no_record(text: str) -> None:
    """Whoever may write the ConfigMap can write anything."""
    with pytest.raises(ValueError, match=r"."):
        entries_of_text(text)


def test_as_many_entries_as_eks_allows_find_room() -> None:
    """Each with an access policy in two namespaces, a group, a username and a name of usual length."""
    name = "arn:aws:iam::123456789012:role/platform/payments-administrators-{:04}"
    username = "arn:aws:sts::123456789012:assumed-role/payments-administrators-{:04}/{{{{SessionName}}}}"
    policies = ("AmazonEKSEditPolicy@payments", "AmazonEKSEditPolicy@ledger")
    many = [
        replace(ADMIN, arn=name.format(n), username=username.format(n), groups=("oncall",), policies=policies, tags={})
        for n in range(3_000)
    ]
    assert len(entries_text(many).encode()) < MOST_BYTES

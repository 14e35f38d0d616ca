"""Rows written where access entries are read, too: what is written in which order, and what a failure stops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from lab.memory.eks import Eks
from lab.memory.eks_client import EksClient
from lab.memory.iam import Account
from lab.memory.requests import EksCall, Request, RoleRecord
from lab.memory.stores import NODE_ROW
from registrar.eks.access_entries import EntriesApi
from registrar.errors import (
    AwsAuthMissing,
    AwsAuthUnreadable,
    DeniedByAdmission,
    RegistrarError,
    SourceDenied,
    Unreachable,
    WriteConflict,
)
from registrar.marks import entry_tags
from registrar.model import Gone, PrincipalRef, Row
from registrar.sinks.access_entries import AccessEntries
from registrar.sinks.aws_auth import AwsAuth, AwsAuthConfigMap
from registrar.sinks.both_places import BothPlaces
from registrar.sinks.map_roles import read_map_roles, write_map_roles
from tests.unit.samples import ACCOUNT, EVERYBODY, MARKS, policy_of, prod, ref, role, row

EPOCH = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NAMES = ("alice", "bob", "carol")
VIEW = "eks-registrar:view"


@dataclass
class World:
    """The entries of EKS, and everything that was sent to it or to aws-auth, in its order."""

    eks: Eks = field(default_factory=Eks)
    sent: list[str] = field(default_factory=list)
    denied: bool = False

    def ask(self, asked: Request) -> Any:
        """An answer of EKS."""
        assert isinstance(asked, EksCall)
        roles = Account.of(*(RoleRecord(name, f"AROA{name}", 0, ()) for name in NAMES))
        if not asked.reads:
            self.sent.append(asked.operation)
        self.eks, answer = self.eks.answer(asked, roles, 1)
        return replace(answer, code="AccessDeniedException", text='{"message": "no"}') if self.denied else answer

    @property
    def entries(self) -> list[str]:
        """Whose entries stand."""
        return [entry.arn.rpartition("/")[2] for entry in self.eks.standing]


@dataclass
class Rows:
    """aws-auth; ``broken`` is raised by a read, ``refusal`` by a write."""

    world: World
    text: str = NODE_ROW
    broken: RegistrarError | None = None
    refusal: RegistrarError | None = None
    history: None = None

    def read(self) -> AwsAuth:
        """The body."""
        if self.broken is not None:
            raise self.broken
        return AwsAuth("1", read_map_roles(self.text, MARKS), len(self.text), {"mapRoles": self.text})

    def write(self, current: AwsAuth, rows: tuple[Row, ...]) -> Mapping[PrincipalRef, RegistrarError]:
        """The body with these rows."""
        self.world.sent.append("rows")
        if self.refusal is not None:
            raise self.refusal
        self.text = write_map_roles(current.map_roles, rows, MARKS)
        return {}


def cluster(*rows: Row, entries: tuple[str, ...] = (), **of_rows: Any) -> tuple[BothPlaces, Rows, World]:
    """A cluster with these rows of ours, and entries of ours that give view to these roles."""
    world = World()
    client = EksClient(world.ask, EPOCH)
    api = EntriesApi(client, prod(policy_of(EVERYBODY)))
    for name in entries:
        arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
        api.create(
            arn, f"eks-registrar:{ref(name)}:{{{{SessionName}}}}", [VIEW], entry_tags(f"AROA{name}", MARKS.installation)
        )
    aws_auth = Rows(world, write_map_roles(read_map_roles(NODE_ROW, MARKS), rows, MARKS), **of_rows)
    world.sent.clear()
    places = AccessEntries(api, MARKS, lambda: EPOCH, lambda _: None)
    return BothPlaces(places, cast(AwsAuthConfigMap, aws_auth), MARKS, by_entries=False), aws_auth, world


def written(both: BothPlaces, *rows: Row) -> Mapping[PrincipalRef, RegistrarError]:
    """All of ours is read, and these rows are written, with no entry beside them."""
    return both.write(both.read(whole=True), rows)


def test_the_row_is_written_before_the_entry_goes() -> None:
    """Whoever has both wanted rights is never without them."""
    both, aws_auth, world = cluster(entries=("alice",))
    assert written(both, row("alice", "view")) == {}
    assert world.sent == ["rows", "DeleteAccessEntry"]
    assert '"groups": ["eks-registrar:view"]' in aws_auth.text
    assert world.entries == []


def test_what_is_held_are_rows_and_the_entries_beside_them() -> None:
    """In the form that is written: an entry is none of the rows."""
    both, _, _ = cluster(row("bob", "view"), entries=("alice",))
    held = both.read(whole=True).held
    assert (held.entries, held.whole, held.rows, len(held.ours)) == (False, True, 1, 2)
    assert held.foreign_bytes == len(NODE_ROW)
    assert not both.read().held.whole


def test_an_event_reads_the_entries_of_its_roles() -> None:
    """Of those that it names, and no others."""
    both, _, _ = cluster(entries=("alice", "bob"))
    current = both.about(both.read(), [Gone(ref("alice"))])
    assert [one.arn.rpartition("/")[2] for one in current.held.ours if one.entry] == ["alice"]


def test_a_row_and_an_entry_of_others_are_both_a_claim() -> None:
    """The entry's words are told: it wins."""
    both, aws_auth, world = cluster()
    EksClient(world.ask, EPOCH, ours=False).create_access_entry(
        principalArn=f"arn:aws:iam::{ACCOUNT}:role/alice", type="STANDARD", username="x", kubernetesGroups=[], tags={}
    )
    for name in ("alice", "bob"):
        aws_auth.text += f"- rolearn: arn:aws:iam::{ACCOUNT}:role/{name}\n  username: by-hand\n"
    claims = both.read(whole=True).claims([role("alice"), role("bob"), role("carol")])
    assert list(claims) == [ref("alice"), ref("bob")]
    assert "an access entry that is not ours" in claims[ref("alice")]
    assert "a row that is not ours" in claims[ref("bob")]


@pytest.mark.parametrize("refusal", [DeniedByAdmission("no"), Unreachable("no answer")])
def test_a_write_that_was_to_give_more_is_raised(refusal: RegistrarError) -> None:
    """As on a cluster of rows alone: what is above tries again with what only takes away. No entry is touched."""
    both, _, world = cluster(entries=("alice", "bob"), refusal=refusal)
    with pytest.raises(type(refusal)):
        written(both, row("alice", "view"))
    assert world.entries == ["alice", "bob"]


def test_a_write_that_only_takes_away_fails_by_principal() -> None:
    """The entry of another goes; the entry of whose row stands does not: that row would speak for the role."""
    refusal = DeniedByAdmission("no")
    both, _, world = cluster(row("alice", "view", "edit@a"), entries=("alice", "bob"), refusal=refusal)
    assert written(both) == {ref("alice"): refusal}
    assert world.entries == ["alice"]


def test_a_form_that_cannot_be_put_right_is_told_of_the_rows_owners() -> None:
    """Nobody's rights change by it, and entries of others go."""
    refusal = DeniedByAdmission("no")
    both, aws_auth, world = cluster(row("alice", "view"), entries=("bob",), refusal=refusal)
    aws_auth.text = aws_auth.text.replace('{"rolearn"', '{  "rolearn"')
    assert written(both, row("alice", "view")) == {ref("alice"): refusal}
    assert world.entries == []


def test_a_conflict_is_always_raised() -> None:
    """All begins again with a new reading."""
    both, _, world = cluster(row("alice", "view"), entries=("alice",), refusal=WriteConflict("409"))
    with pytest.raises(WriteConflict):
        written(both)
    assert world.entries == ["alice"]


@pytest.mark.parametrize("broken", [AwsAuthMissing("none"), AwsAuthUnreadable("line 3")])
def test_without_a_readable_aws_auth_entries_can_still_go(broken: RegistrarError) -> None:
    """Nothing may be granted by such a reading, and no binding is known to be unused."""
    both, _, world = cluster(entries=("alice",), broken=broken)
    current = both.read(whole=True)
    assert current.trouble is broken
    assert not current.held.whole
    assert both.write(current, ()) == {}
    assert world.sent == ["DeleteAccessEntry"]


def test_entries_that_may_not_be_read_are_not_taken_for_none() -> None:
    """A stack of before lacks the right; the message says what gives it."""
    both, _, world = cluster(entries=("alice",))
    world.denied = True
    with pytest.raises(SourceDenied, match="cdk deploy"):
        both.read(whole=True)
    with pytest.raises(SourceDenied, match="cdk deploy"):
        both.about(both.read(), [role("alice")])

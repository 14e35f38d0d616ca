"""The access entries of a cluster in memory, as many as a test wants, with every call counted."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from lab.memory.eks import POLICIES, Eks
from lab.memory.eks_client import EksClient
from lab.memory.entry import Entry, Namespaces, sorted_pairs
from lab.memory.iam import Account
from lab.memory.requests import Answer, EksAnswer, EksCall, Request, RoleRecord
from registrar.eks.access_entries import EntriesApi
from registrar.marks import entry_for, entry_tags
from registrar.model import Row
from registrar.sinks.access_entries import AccessEntries
from tests.unit.samples import ACCOUNT, MARKS, NOW, PREFIX, policy_of, prod, role

ADMIN, VIEW = POLICIES[0], POLICIES[-1]
LONG_AGO = -86_400


@dataclass
class CountedEks:
    """EKS in memory. ``asked`` counts the calls by operation; ``before`` is done before each, and may answer it."""

    eks: Eks
    iam: Account = field(default_factory=Account)
    asked: Counter[str] = field(default_factory=Counter)
    before: Callable[[EksCall], EksAnswer | None] = lambda _: None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, asked: Request) -> Answer:
        """Answer one call; whichever thread it comes from, one after the other."""
        assert isinstance(asked, EksCall)
        with self._lock:
            self.asked[asked.operation] += 1
            answer = self.before(asked)
            if answer is None:
                self.eks, answer = self.eks.answer(asked, self.iam, 0)
            return answer

    def place(self) -> AccessEntries:
        """The real sink over it."""
        api = EntriesApi(EksClient(self, NOW), prod(policy_of()))
        return AccessEntries(api, MARKS, lambda: NOW + timedelta(hours=1), lambda _: None)


def arn(name: str) -> str:
    """The ARN of a role."""
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def ours(name: str, *groups: str) -> Row:
    """The entry of ours that gives a role these groups."""
    return entry_for(role(name), groups or (f"{PREFIX}:view",), (), PREFIX)


def standing(name: str, *, our: bool, policies: dict[str, Namespaces] | None = None, kind: str = "STANDARD") -> Entry:
    """An entry, ours or somebody else's, with the namespaces of its access policies."""
    row = ours(name)
    return Entry(
        arn(name),
        row.role_id,
        made=1,
        kind=kind,
        username=row.username if our else name,
        groups=row.groups if our else ("some",),
        tags=sorted_pairs(entry_tags(row.role_id, PREFIX) if our else {}),
        created=LONG_AGO,
        modified=LONG_AGO,
        policies=sorted_pairs(policies or {}),
    )


def eks_of(entries: Iterable[Entry], **settings: int) -> Eks:
    """EKS with these entries."""
    return Eks(sorted_pairs({entry.arn: entry for entry in entries}), **settings)


def account_of(*names: str) -> Account:
    """IAM with these roles."""
    return Account.of(*(RoleRecord(name, "AROAEXAMPLE", LONG_AGO) for name in names))


def whom(asked: EksCall) -> str:
    """The name of the role that a call is about."""
    return str(json.loads(asked.parameters).get("principalArn", "")).rpartition("/")[2]

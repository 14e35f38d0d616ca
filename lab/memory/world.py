"""Everything that the registrar reads and writes, as one value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from lab.memory.api_server import ApiServer
from lab.memory.eks import Eks
from lab.memory.iam import Account
from lab.memory.requests import Answer, EksAnswer, EksCall, GetRole, Http, HttpAnswer, PutRole, Request, RolesPage

Outcome: TypeAlias = "tuple[World, Answer]"


@dataclass(frozen=True)
class World:
    """One cluster and one account. ``lost_answers`` is how many answers to a write may still get lost.

    The clock of EKS shows as many seconds as IAM was changed times: that orders what is made before and after a role.
    """

    api: ApiServer
    iam: Account
    lost_answers: int = 0
    eks: Eks = field(default_factory=Eks)

    def outcomes(self, asked: Request) -> Iterator[Outcome]:
        """Every way in which a request may go: two where IAM may answer with what was, or an answer gets lost."""
        match asked:
            case Http():
                yield from self._http(asked)
            case GetRole():
                yield from ((replace(self, iam=iam), role) for iam, role in self.iam.get(asked))
            case RolesPage():
                yield from ((replace(self, iam=iam), page) for iam, page in self.iam.list(asked))
            case PutRole():
                yield replace(self, iam=self.iam.put(asked)), None
            case EksCall():
                yield from self._eks(asked)

    def _http(self, asked: Http) -> Iterator[Outcome]:
        api, answer = self.api.answer(asked)
        yield (self if api is self.api else replace(self, api=api)), answer
        if self.lost_answers and asked.method != "GET":
            yield replace(self, api=api, lost_answers=self.lost_answers - 1), HttpAnswer(0, "", lost=True)

    def _eks(self, asked: EksCall) -> Iterator[Outcome]:
        eks, answer = self.eks.answer(asked, self.iam, self.iam.changes)
        yield (self if eks is self.eks else replace(self, eks=eks)), answer
        if self.lost_answers and not asked.reads:
            yield replace(self, eks=eks, lost_answers=self.lost_answers - 1), EksAnswer(lost=True)

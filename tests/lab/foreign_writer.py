"""Somebody else who writes aws-auth: adds, edits and removes what is his own, and meddles with ours.

He keeps what he wrote, so that it can be told byte for byte whether it is still there. All of his text in ``mapRoles``
is one piece; ours stands before it, or behind it where he has put it there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import yaml
from load_oracle import line_for, owner_of
from stage import ACCOUNT

from lab.kubernetes_api import KubernetesApi

Object = dict[str, Any]
Restyle = Callable[[list[Object], str], str]

AWS_AUTH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"

# His rows, as people and tools write them; {0} is the account and ":role", {1} the role, {2} a number of his.
STYLES = (
    "- rolearn: arn:aws:iam::{0}/{1}\n  username: by-hand-{2}\n  groups:\n  - some-{2}\n",
    "# ticket {2}: do not touch\n- groups: [some-{2}, 'more']   # yes: both\n  rolearn: arn:aws:iam::{0}/{1}\n",
    '- {{"rolearn": "arn:aws:iam::{0}/team/{1}", "username": "hand:{{{{SessionName}}}}", "groups": []}}\n',
    "- userid: x{2}\n  RoleArn:   \"arn:aws:iam::{0}/{1}\"\n\n  # half way\n  username: 'by hand'\n",
    "- note: |\n    - rolearn: {2}\n  rolearn: arn:aws:iam::{0}/{1}\n  username: by-hand\n",
)


@dataclass(frozen=True)
class His:
    """Everything of his: parts of ``mapRoles`` with the role that each claims, other keys, labels, annotations."""

    pieces: tuple[tuple[str, str], ...]
    data: Mapping[str, str]
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """All of his text in ``mapRoles``."""
        return "".join(text for _, text in self.pieces)

    def rows_beside(self, found: Object) -> list[Object]:
        """Our rows in aws-auth as it was found; asserts that all that is his is there as he wrote it."""
        data, metadata = dict(found["data"]), found["metadata"]
        before, his, behind = data.pop("mapRoles").partition(self.text)
        assert his, "his part of mapRoles is not there as he wrote it"
        assert data == self.data
        assert self.labels.items() <= (metadata.get("labels") or {}).items()
        assert self.annotations.items() <= (metadata.get("annotations") or {}).items()
        rows = [*(yaml.safe_load(before) or ()), *(yaml.safe_load(behind) or ())]
        assert all(owner_of(row) for row in rows)
        return rows


@dataclass
class ForeignWriter:
    """The writer, and what he has written so far."""

    api: KubernetesApi
    his: His
    edits: int = 0

    @classmethod
    def of_day_one(cls, api: KubernetesApi) -> ForeignWriter:
        """The writer of what a cluster has on its first day."""
        data = dict(api.request("GET", AWS_AUTH).body["data"])
        return cls(api, His((("", data.pop("mapRoles")),), data))

    @property
    def claimed(self) -> set[str]:
        """The roles for which a row of his stands, in lower case."""
        return {name.lower() for name, _ in self.his.pieces}

    def put(self, at: int, style: int, role: str) -> None:
        """Add a row of his for a role, anywhere behind the node's."""
        pieces = self.his.pieces
        number = 1 + at % len(pieces)
        row = (role, STYLES[style % len(STYLES)].format(f"{ACCOUNT}:role", role, self.edits))
        self._write(replace(self.his, pieces=(*pieces[:number], row, *pieces[number:])))

    def take(self, at: int) -> None:
        """Remove a row of his, if he has added one."""
        pieces = self.his.pieces
        if len(pieces) > 1:
            number = 1 + at % (len(pieces) - 1)
            self._write(replace(self.his, pieces=pieces[:number] + pieces[number + 1 :]))

    def comment(self, at: int) -> None:
        """Write a comment into his part."""
        pieces = list(self.his.pieces)
        number = at % len(pieces)
        pieces[number] = (pieces[number][0], f"{pieces[number][1]}# note {self.edits}: é, \t and so on\n")
        self._write(replace(self.his, pieces=tuple(pieces)))

    def beside(self, key: str) -> None:
        """Write into another key of the data, or, for ``metadata``, a label and an annotation."""
        note = f"edit-{self.edits}"
        if key == "metadata":
            self._write(replace(self.his, labels={"theirs": note}, annotations={"theirs/note": note}))
        else:
            self._write(replace(self.his, data={**self.his.data, key: f"# {note}\n{self.his.data.get(key, '')}"}))

    def meddle(self, how: str) -> None:
        """Wipe, move, restyle, double or edit our rows."""
        self._write(self.his, MEDDLING[how])

    def look(self) -> list[Object]:
        """Our rows as they stand; asserts that all that is his is there as he wrote it."""
        return self.his.rows_beside(self.api.request("GET", AWS_AUTH).body)

    def _write(self, his: His, restyle: Restyle | None = None) -> None:
        """Read, modify and write with the version, again after each conflict, as a careful tool does."""
        status = 409
        while status == 409:
            found = self.api.request("GET", AWS_AUTH).body
            rows, text = self.his.rows_beside(found), found["data"]["mapRoles"]
            text = text.replace(self.his.text, his.text) if restyle is None else restyle(rows, his.text)
            found["data"] = {**his.data, "mapRoles": text}
            for kind, entries in (("labels", his.labels), ("annotations", his.annotations)):
                found["metadata"][kind] = {**(found["metadata"].get(kind) or {}), **entries}
            status = self.api.request("PUT", AWS_AUTH, found).status
        assert status == 200, status
        self.his, self.edits = his, self.edits + 1


def _lines(rows: list[Object]) -> str:
    return "".join(line_for(owner_of(row), row["groups"]) for row in rows)


def _in_blocks(rows: list[Object]) -> str:
    return yaml.safe_dump(rows, width=1000) if rows else ""


def _with_masters(rows: list[Object], his: str) -> str:
    return _lines([{**row, "groups": [*row["groups"], "system:masters"]} for row in rows]) + his


def _other_arns(rows: list[Object], his: str) -> str:
    arn = f"arn:aws:iam::{ACCOUNT}:role/somebody-else"
    return "".join(f"- {json.dumps({**row, 'rolearn': arn})}\n" for row in rows) + his


# What he does to our rows: from them and his own text to the whole text.
MEDDLING: Mapping[str, Restyle] = {
    "wiped": lambda _, his: his,
    "behind his": lambda rows, his: his + _lines(rows),
    "in blocks": lambda rows, his: _in_blocks(rows) + his,
    "in blocks behind his": lambda rows, his: his + _in_blocks(rows),
    "twice": lambda rows, his: _lines(rows + rows) + his,
    "upside down": lambda rows, his: _lines(rows[::-1]) + his,
    "with system:masters": _with_masters,
    "for another role": _other_arns,
}

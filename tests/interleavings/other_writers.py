"""Whoever else writes in the cluster, by plain requests and with manners of all kinds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lab.memory.clients import Ask
from lab.memory.requests import Http, HttpAnswer
from registrar.sinks.aws_auth import PATH
from tests.interleavings.explore import Actor
from tests.interleavings.registrar_actors import ACCOUNT
from tests.interleavings.replay import Program
from tests.interleavings.rows_of_text import theirs

Edit = Callable[[str], str]


@dataclass(frozen=True)
class Hand:
    """Somebody else's way to the API server, by plain requests."""

    ask: Ask

    def get(self, path: str) -> dict[str, Any] | None:
        """An object, ``None`` where it is not there."""
        answer = self._send("GET", path)
        return json.loads(answer.text) if answer.status == 200 else None

    def put(self, path: str, body: dict[str, Any]) -> bool:
        """Replace an object; whether that was accepted."""
        return self._send("PUT", path, body).status == 200

    def post(self, path: str, body: dict[str, Any]) -> bool:
        """Create an object; whether that was accepted."""
        return self._send("POST", path, body).status == 201

    def patch(self, path: str, body: dict[str, Any]) -> bool:
        """Merge into an object; whether that was accepted."""
        return self._send("PATCH", path, body).status == 200

    def delete(self, path: str) -> bool:
        """Delete an object, whatever it is by now."""
        return self._send("DELETE", path, {}).status == 200

    def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> HttpAnswer:
        answer = self.ask(Http(method, path, None if body is None else json.dumps(body)))
        assert isinstance(answer, HttpAnswer)
        return answer


def edits(edit: Edit) -> Program:
    """Somebody who edits aws-auth as ``kubectl edit`` does: under the version that was read, twice if need be."""

    def run(ask: Ask) -> str:
        hand = Hand(ask)
        for _ in range(2):
            found = hand.get(PATH)
            assert found is not None
            found["data"]["mapRoles"] = edit(found["data"]["mapRoles"])
            if hand.put(PATH, found):
                return "done"
        return "given up"

    return run


def overwrites(edit: Edit) -> Program:
    """Somebody whose tool reads aws-auth, and some time later writes over whatever is there."""

    def run(ask: Ask) -> str:
        hand = Hand(ask)
        found = hand.get(PATH)
        assert found is not None
        return "done" if hand.patch(PATH, {"data": {"mapRoles": edit(found["data"]["mapRoles"])}}) else "given up"

    return run


def does(*deeds: Callable[[Hand], object]) -> Program:
    """Somebody who does these things one after the other."""

    def run(ask: Ask) -> str:
        for deed in deeds:
            deed(Hand(ask))
        return "done"

    return run


def somebody(program: Program) -> Actor:
    """Another writer. Nobody of ours is told when it writes."""
    return Actor("somebody", (program,), ours=False)


def adds_a_row_for(name: str) -> Edit:
    """A row written by hand, at the end."""
    row = f"- rolearn: arn:aws:iam::{ACCOUNT}:role/{name}\n  username: by-hand\n  groups: [some]\n"
    return lambda text: text + row


def in_block_style(text: str) -> str:
    """Our rows as a tool writes them that reads the YAML and writes it anew."""

    def rewritten(found: re.Match[str]) -> str:
        row = json.loads(found[1])
        groups = "".join(f"  - {group}\n" for group in row["groups"])
        return f"- groups:\n{groups}  rolearn: {row['rolearn']}\n  username: '{row['username']}'\n"

    return re.sub(r"(?m)^- (\{.*\})\n", rewritten, text)


def without_ours(text: str) -> str:
    """What somebody leaves who takes every row of ours for rubbish."""
    return theirs(text) + "# tidied up\n"


def first_row_twice(text: str) -> str:
    """The first row of ours once more."""
    return text.splitlines(keepends=True)[0] + text


def broken(text: str) -> str:
    """A text by which the authenticator maps nobody."""
    return text + "- [\n"


def mended(text: str) -> str:
    """That text as it should be."""
    return text.replace("- [\n", "")

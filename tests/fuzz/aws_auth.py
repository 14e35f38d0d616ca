"""Target: the text of ``mapRoles``, which anybody with rights in the cluster may have written."""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random
from typing import TypeAlias

from registrar.errors import AwsAuthUnreadable, WriteWouldHarm
from registrar.marks import Marks
from registrar.model import Row
from registrar.sinks.conflicts import ForeignClaims
from registrar.sinks.map_roles import MapRoles, read_map_roles, write_map_roles
from tests.fuzz.damage import ODD_VALUES, damaged
from tests.fuzz.target import Target
from tests.properties.aws_auth_bodies import ACCOUNT, our_row
from tests.properties.judge import Judge, Mapped

MARKS = Marks("eks-registrar")

Case: TypeAlias = tuple[str, list[Row]]

_GOLDEN = Path(__file__).parents[1] / "golden" / "aws_auth"
_OURS = re.compile(r"eks-registrar:[^:]+:role/[^/:]+:\{\{SessionName\}\}")
_GROUPS = ("eks-registrar:view", "eks-registrar:edit@payments", "oncall")
_SAMPLES = tuple(path.read_text(encoding="utf-8") for path in sorted(_GOLDEN.glob("*/before.yaml")))


def _leaning(random: Random) -> str:
    """Rows that lean on each other by anchors, deep and many: what a few lines of text may be made into."""
    deep, rows = random.randint(1, 49), random.randint(1, 30)
    opened, closed = random.choice([("[", "]"), ("{a: ", "}"), ("[{<<: ", "}]")])
    first = random.choice(["x", "{}", "{rolearn: arn:aws:iam::1:role/x}"])
    lines = []
    for n in range(rows):
        inner = f"*a{n - random.randint(1, n)}" if n else first
        lines.append(f"- &a{n} {opened * deep}{inner}{closed * deep}\n")
    return "".join(lines)


def _odd_values(random: Random) -> str:
    """Plain rows with one odd value in each."""
    row = "- rolearn: arn:aws:iam::{0}:role/node\n  username: n\n  {1}: {2}\n"
    keys = ("groups", "sso", "note", "RoleARN", "? x\n  ")
    values = (random.choice(ODD_VALUES) for _ in range(random.randint(1, 3)))
    return "".join(row.format(ACCOUNT, random.choice(keys), value) for value in values)


def _make(random: Random) -> Case:
    named = random.sample(["a", "b", "dev", "zz"], random.randint(0, 3))
    return _body(random), [our_row(name, _some_groups(random)) for name in named]


def _body(random: Random) -> str:
    chance = random.random()
    if chance < 0.2:
        return _leaning(random) if chance < 0.1 else _odd_values(random)
    return damaged(random, _SAMPLES)


def _some_groups(random: Random) -> tuple[str, ...]:
    return tuple(random.sample(_GROUPS, random.randint(1, 3)))


def law(case: Case, judge: Judge) -> str:
    """Either refused, or foreign rows and bytes survive the write and the authenticator maps exactly our rows."""
    text, rows = case
    try:
        current = read_map_roles(text, MARKS)
    except AwsAuthUnreadable:
        return "unreadable"
    claims, taken = ForeignClaims.of(current.foreign), {row.rolearn for row in current.foreign}
    assert all(claims.on(row.arn) is not None for row in rows if row.arn in taken)
    outcomes = {_written(current, wanted, judge) for wanted in (rows, [], list(current.ours))}
    return "written" if "written" in outcomes else "left alone"


def _written(current: MapRoles, rows: list[Row], judge: Judge) -> str:
    try:
        after = write_map_roles(current, rows, MARKS)
    except WriteWouldHarm:
        return "refused"
    if after is None or after == current.text:
        return "as it was"
    before_rows, found = judge.read(current.text or "").roles, judge.read(after)
    assert found.readable
    assert [row for row in found.roles if not _is_ours(row)] == [row for row in before_rows if not _is_ours(row)]
    ours = [Row(row[0], row[2], row[3]) for row in found.roles if _is_ours(row)]
    assert ours == sorted(rows)
    if not current.ours:
        assert _without(after, rows) in (current.text, (current.text or "").replace("[", "[\n", 1))
    assert write_map_roles(read_map_roles(after, MARKS), rows, MARKS) == after
    return "written"


def _is_ours(row: Mapped) -> bool:
    return _OURS.fullmatch(row[2]) is not None and "eks-registrar-controller" not in row[3]


def _without(text: str, rows: list[Row]) -> str:
    """The text without the lines of these rows, which are together and whole."""
    lines = text.split("\n")
    names = tuple(json.dumps(row.username) for row in rows)
    ours = [n for n, line in enumerate(lines) if line.endswith(("]}", "]},")) and any(name in line for name in names)]
    if not rows:
        return text
    first = ours[0]
    assert ours[: len(rows)] == list(range(first, first + len(rows)))
    return "\n".join(lines[:first] + lines[first + len(rows) :])


TARGET = Target("aws-auth", _make, law)

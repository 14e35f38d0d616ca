"""Whatever bytes the registrar's token changes in mapRoles: what passes leaves every foreign mapping as it was."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registrar_identity import given_map_roles, line, row, writes_as_its_group

from lab.local_eks import LocalEks
from lab.parsemap import ParseMap

GOLDEN = Path(__file__).parents[1] / "golden" / "aws_auth"
BODIES = sorted(path.read_bytes().decode() for path in GOLDEN.glob("*/before.yaml"))
PIECES = ["\n", " ", "  ", "#", "\t", "\r", "\x85", "\u2028", "\ufeff", '"', "- ", "[", "]", "{", "}", ",", "&a ", "*a",
          "---\n", "...\n", "x: ", line("x"), "  " + line("x"), row("x") + ",\n", "eks-registrar:"]  # fmt: skip


@pytest.fixture(scope="module")
def parse_map() -> Iterator[ParseMap]:
    """The authenticator's own reading of aws-auth."""
    with ParseMap() as judge:
        yield judge


@pytest.fixture(scope="module")
def cluster(local_eks: LocalEks) -> Iterator[LocalEks]:
    """The shared lab, which is put back to its first day afterwards."""
    yield local_eks
    local_eks.reset()


@st.composite
def changed(draw: st.DrawFn) -> tuple[str, str]:
    """A body of the golden files, and the same with a few changes: rows of ours at its head, and harm anywhere."""
    before = draw(st.sampled_from(BODIES))
    after = draw(st.sampled_from(["", line("x"), "[\n" + row("x") + ",\n"])) + before
    if after.startswith("[\n{") and before.startswith("["):
        after = after.removesuffix(before) + before[1:]
    for _ in range(draw(st.integers(0, 2))):
        after = draw(st.sampled_from([_insert, _cut, _swap, _comment]))(draw, after)
    return before, after


def _insert(draw: st.DrawFn, text: str) -> str:
    at = draw(st.integers(0, len(text)))
    return text[:at] + draw(st.sampled_from(PIECES)) + text[at:]


def _cut(draw: st.DrawFn, text: str) -> str:
    start = draw(st.integers(0, len(text)))
    return text[:start] + text[start + draw(st.integers(1, 3)) :]


def _swap(draw: st.DrawFn, text: str) -> str:
    lines = text.splitlines(keepends=True) or [""]
    first, second = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    lines[first], lines[second] = lines[second], lines[first]
    return "".join(lines)


def _comment(draw: st.DrawFn, text: str) -> str:
    lines = text.splitlines(keepends=True) or [""]
    at = draw(st.integers(0, len(lines) - 1))
    lines[at] = draw(st.sampled_from(["#", " ", ""])) + (lines[at] if draw(st.booleans()) else "")
    return "".join(lines)


def foreign(judge: ParseMap, text: str) -> tuple[list[dict[str, Any]], bool]:
    """The foreign mappings, in order, and whether the authenticator could read the body at all."""
    verdict = judge({"mapRoles": text})
    return [r for r in verdict.roles if not r["username"].startswith("eks-registrar:")], not verdict.error


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(bodies=changed())
def test_what_passes_leaves_every_foreign_mapping(
    cluster: LocalEks, parse_map: ParseMap, bodies: tuple[str, str]
) -> None:
    """The judge is the authenticator's own parser: the same rows in the same order, and readable if it was."""
    before, after = bodies
    given_map_roles(cluster, before)
    answer = writes_as_its_group(cluster, after)
    if answer.status == 200:
        mapped, readable = foreign(parse_map, before)
        assert not readable or foreign(parse_map, after) == (mapped, True)
    else:
        assert answer.status in {403, 422}, answer.message

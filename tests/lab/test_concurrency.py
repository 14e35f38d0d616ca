"""Several writers at once on one aws-auth, with real conflicts of a real API server: no row of any of them is lost."""

import json
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import pytest
from stage import ACCOUNT, Stage, a_name, tagging

from lab.memory.stores import PlaceBehind
from registrar.errors import RegistrarError
from registrar.model import PrincipalRef, Row
from registrar.service import Registrar
from registrar.sinks.aws_auth import AwsAuth
from registrar.situation import ClusterAccess, Opener


def test_sixteen_invocations_at_once_end_with_all_sixteen_rows(quiet: Stage) -> None:
    """Each is an invocation of its own, with its own connections and its own session."""
    roles = [quiet.role("view") for _ in range(16)]
    registrars = [quiet.registrar() for _ in roles]
    before = quiet.foreign()
    with ThreadPoolExecutor(16) as pool:
        settled = list(pool.map(lambda pair: pair[0].settle([tagging(pair[1])]), zip(registrars, roles, strict=True)))
    assert [one.outcomes[0].error for one in settled] == [None] * 16
    assert sum(one.results[0].tries for one in settled) > 16, "they really did meet"
    assert all(quiet.row(role) for role in roles)
    assert quiet.foreign() == before


def test_another_writer_loses_nothing_and_makes_us_lose_nothing(quiet: Stage) -> None:
    """Somebody adds foreign rows by read-modify-write with the version, while the registrar adds its own."""
    roles = [quiet.role("view") for _ in range(8)]
    theirs = [f"arn:aws:iam::{ACCOUNT}:role/{a_name('by-hand')}" for _ in range(8)]
    registrar = quiet.registrar()
    with ThreadPoolExecutor(2) as pool:
        ours = pool.submit(lambda: [registrar.settle([tagging(role)]).outcomes[0].error for role in roles])
        done = pool.submit(lambda: [append_row(quiet, arn) for arn in theirs])
        assert ours.result() == [None] * 8
        assert done.result()
    text = quiet.data()["mapRoles"]
    assert all(quiet.row(role) for role in roles)
    assert [text.count(arn) for arn in theirs] == [1] * 8


def append_row(stage: Stage, arn: str) -> None:
    """Append a foreign row as a careful person's tool does: again after each conflict."""
    while True:
        shown = stage.lab.kubectl("get", "configmap", "aws-auth", "-n", "kube-system", "-o", "json").stdout
        found = json.loads(shown)
        found["data"]["mapRoles"] += f"- rolearn: {arn}\n  username: by-hand\n  groups: [some]\n"
        if stage.lab.kubectl("replace", "-f", "-", stdin=json.dumps(found), check=False).returncode == 0:
            return


@dataclass(frozen=True)
class Held(PlaceBehind):
    """aws-auth whose write waits at a gate, between the reads and the write of one invocation."""

    reached: threading.Event = field(default_factory=threading.Event)
    gate: threading.Event = field(default_factory=threading.Event)

    def write(self, current: AwsAuth, rows: tuple[Row, ...]) -> Mapping[PrincipalRef, RegistrarError]:
        """Wait, then write."""
        self.reached.set()
        assert self.gate.wait(60)
        return self.place.write(current, rows)


def held_at_write(registrar: Registrar) -> tuple[Registrar, Held]:
    """The same registrar with the gate in its cluster."""
    access = registrar.open_cluster(registrar.clusters[0])
    held = Held(access.rows)
    opener: Opener = lambda _cluster: ClusterAccess(access.cluster, held, access.bindings)  # noqa: E731
    return replace(registrar, open_cluster=opener), held


@pytest.mark.parametrize("first", ["tagged", "untagged"])
def test_an_older_invocation_held_between_its_reads_and_its_write_does_not_win(quiet: Stage, first: str) -> None:
    """It read the older state; the newer invocation comes and goes; then the older one writes: the newer stands."""
    role = quiet.role("view" if first == "tagged" else None)
    if first == "untagged":
        # A row stands, and the older invocation is on its way to remove it.
        quiet.tag(role, "view")
        quiet.settle(tagging(role))
        quiet.untag(role)
    older, held = held_at_write(quiet.registrar())
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(older.settle, [tagging(role)])
        assert held.reached.wait(60)
        if first == "tagged":
            quiet.untag(role)
        else:
            quiet.tag(role, "view")
        newer = quiet.settle(tagging(role))
        assert newer.outcomes[0].error is None
        held.gate.set()
        assert running.result().outcomes[0].error is None
    assert (quiet.row(role) is not None) == (first == "untagged")


def test_a_batch_is_one_read_and_one_write_of_aws_auth_whatever_its_size(quiet: Stage) -> None:
    """Counted at the API server's audit log: forty events, forty roles; one look at the history, nothing to keep."""
    roles, registrar = [quiet.role("view") for _ in range(40)], quiet.registrar()
    registrar.settle([tagging(roles[0])])
    before = requests(quiet)
    settled = registrar.settle([tagging(role) for role in roles])
    assert all(outcome.error is None for outcome in settled.outcomes)
    sent = requests(quiet)[len(before) :]
    configmaps = [(verb, name) for verb, resource, name in sent if resource == "configmaps"]
    assert configmaps == [("get", "aws-auth"), ("get", "history-0"), ("patch", "aws-auth")]


def requests(stage: Stage) -> list[tuple[str, str, str]]:
    """The registrar's requests so far, as (verb, resource, name)."""
    events = [json.loads(line) for line in stage.lab.audit_log.read_text().splitlines()]
    ours = [e for e in events if "eks-registrar-controller" in e["user"].get("groups", ())]
    places = [(event["verb"], event.get("objectRef", {})) for event in ours]
    return [(verb, place.get("resource", ""), place.get("name", "")) for verb, place in places]

"""One event on a warm process, beside the floor: A B C D, B C D A, … on the same body of aws-auth."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.audit import AuditLog, Sent
from bench.channel import Child
from bench.floor import Errand
from bench.stage import BY_HAND, FOREIGN_ROWS, NAMESPACE, PLAIN, Asking, Stage
from bench.table import Sample, Table, milliseconds, rotated
from registrar.marks import MANAGED_BY, binding_of, controller_group

ROUNDS = 20
# The authenticator reads aws-auth anew whenever it changes; let it finish, so that nobody is measured beside it.
QUIET_S = 0.04
PROGRAMS = {
    "floor": "floor: the unavoidable requests",
    "same": "the registrar's requests, bare",
    "settle": "the registrar (service.settle)",
    "handler": "the registrar (handler, logs, metrics)",
}
_WORDS = {
    "configmaps": "aws-auth", "history": "history", "rolebindings": "binding", "clusterroles": "ClusterRole",
    "namespaces": "namespace",
}  # fmt: skip
_VERBS = {"get": "GET", "create": "POST", "patch": "PATCH", "delete": "DELETE"}

MEANING = (
    f"Warm: process, tokens and connections are kept. Before each event aws-auth holds {FOREIGN_ROWS} foreign rows and "
    "none of ours; each event names another role, which asks for one grant. The four programs take turns for "
    f"{ROUNDS} rounds, each round begun by another one. The floor reads no YAML and checks nothing: its patch is "
    "made beforehand, but for the version. The second program sends bare what the registrar sends, so what lies "
    "between it and the third is our own code, and between it and the first what safety costs: the cluster's mode, "
    "the history, a second look at role and binding (docs/decisions, 012 and 018). Goal: at most twice the floor; "
    "where that is missed, it is held against the second program. Rows 'by hand' have comments behind "
    "values and lists in brackets. CPU is the program's own process; requests are as the API server's audit log and "
    "botocore's before-send event show them."
)
COLUMNS = ("rows, binding", "program", "ms, median (middle half)", "times the floor", "CPU ms", "requests")


@dataclass(frozen=True)
class Case:
    """How the foreign rows are written, and whether the binding is to be made."""

    style: str
    new_binding: bool

    def __str__(self) -> str:
        return f"{self.style}, {'to be made' if self.new_binding else 'stands'}"


CASES = (Case(PLAIN, False), Case(PLAIN, True), Case(BY_HAND, False))


@dataclass(frozen=True)
class OneEvent:
    """The measurement's parts."""

    stage: Stage
    child: Child
    audit: AuditLog

    def table(self) -> Table:
        """Measure all cases."""
        return Table("One event, warm", MEANING, COLUMNS, tuple(row for case in CASES for row in self._rows(case)))

    def _rows(self, case: Case) -> list[tuple[str, ...]]:
        self._run("settle", case)  # the binding stands from now on
        requests = {program: self._requests(program, case) for program in PROGRAMS if program != "handler"}
        requests["handler"] = requests["settle"]
        taken: dict[str, list[dict[str, Any]]] = {program: [] for program in PROGRAMS}
        for number in range(ROUNDS):
            for program in rotated(tuple(PROGRAMS), number):
                taken[program].append(self._run(program, case))
        wall = {program: Sample(tuple(one["seconds"] for one in ones)) for program, ones in taken.items()}
        cpu = {program: Sample(tuple(one["cpu"] for one in ones)).median * 1000 for program, ones in taken.items()}
        return [
            (str(case), text, milliseconds(wall[p]), wall[p].times(wall["floor"]), f"{cpu[p]:.1f}", requests[p])
            for p, text in PROGRAMS.items()
        ]

    def _requests(self, program: str, case: Case) -> str:
        """What a program sends when it is warm: every program runs once before."""
        self._run(program, case)
        self._run("handler", case)
        mark = self.audit.mark()
        aws = self._run(program, case)["aws"]
        return shown(self.audit.sent(mark, controller_group(self.stage.lab.policy.installation)), aws)

    def _run(self, program: str, case: Case) -> dict[str, Any]:
        (asking,) = self.stage.asking()
        self.stage.clear(keep_binding=not case.new_binding, style=case.style)
        time.sleep(QUIET_S)
        if program in ("settle", "handler"):
            return dict(self.child.ask({"program": program, "work": asking.event()}))
        errand = _errand(self.stage, asking, case, program == "same")
        return dict(self.child.ask({"program": "floor", "work": asdict(errand)}))


def shown(sent: Sequence[Sent], aws: dict[str, int]) -> str:
    """Requests for a reader: ``2 GetRole, GET aws-auth, …``."""
    asked = [name if count == 1 else f"{count} {name}" for name, count in aws.items()]
    return ", ".join([*asked, *(f"{_VERBS[one.verb]} {_WORDS[one.resource]}" for one in sent)])


def _errand(stage: Stage, asking: Asking, case: Case, as_the_registrar: bool) -> Errand:
    binding = binding_of(asking.group, stage.lab.policy.marks)
    assert binding is not None  # its group is one of ours
    before, behind = stage.patch_for(asking, case.style)
    group = "rbac.authorization.k8s.io"
    body = {
        "apiVersion": f"{group}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": binding.name, "labels": {MANAGED_BY: stage.lab.policy.installation}},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": binding.role},
        "subjects": [{"apiGroup": group, "kind": "Group", "name": binding.group}],
    }
    made = json.dumps(body) if case.new_binding else None
    installation = stage.lab.policy.installation
    return Errand(
        asking.name, binding.role, NAMESPACE, binding.name, before, behind, made, as_the_registrar, installation
    )

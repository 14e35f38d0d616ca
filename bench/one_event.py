"""One event on a warm process, beside the floor: A B C D, B C D A, … on the same body of aws-auth."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from bench.audit import AuditLog, Sent
from bench.channel import Child
from bench.floor import Errand
from bench.stage import FOREIGN_ROWS, NAMESPACE, Asking, Stage
from bench.table import Sample, Table, milliseconds, rotated
from registrar.marks import MANAGED_BY, binding_of, controller_group

ROUNDS = 25
# The authenticator reads aws-auth anew whenever it changes; let it finish, so that nobody is measured beside it.
QUIET_S = 0.04
PROGRAMS = {
    "floor": "floor: only the unavoidable requests",
    "same": "the registrar's requests, sent by the floor program",
    "settle": "the registrar (service.settle)",
    "handler": "the registrar (handler, with logs and metrics)",
}
_WORDS = {"configmaps": "aws-auth", "rolebindings": "binding", "clusterroles": "ClusterRole", "namespaces": "namespace"}
_VERBS = {"get": "GET", "create": "POST", "patch": "PATCH", "delete": "DELETE"}

MEANING = (
    f"Warm: process, tokens and connections are kept. aws-auth holds {FOREIGN_ROWS} foreign rows and none of ours before "
    f"each event; each event names another role, which asks for one grant. The four programs take turns for {ROUNDS} "
    "rounds, each round begun by another one. Goal: at most 2 × the floor. The floor reads no YAML and checks nothing: "
    "its patch is made beforehand, but for the version. Requests are as the API server's audit log and botocore show them."
)
COLUMNS = ("binding", "program", "requests", "ms, median (middle half)", "× floor")


@dataclass(frozen=True)
class OneEvent:
    """The measurement's parts."""

    stage: Stage
    child: Child
    audit: AuditLog

    def table(self) -> Table:
        """Measure both cases."""
        return Table("One event, warm", MEANING, COLUMNS, (*self._case(False), *self._case(True)))

    def _case(self, new_binding: bool) -> list[tuple[str, ...]]:
        requests = {program: self._shown(program, new_binding) for program in PROGRAMS if program != "handler"}
        requests["handler"] = "the same"
        seconds: dict[str, list[float]] = {program: [] for program in PROGRAMS}
        for number in range(ROUNDS):
            for program in rotated(tuple(PROGRAMS), number):
                seconds[program].append(self._run(program, new_binding)["seconds"])
        samples = {program: Sample(tuple(values)) for program, values in seconds.items()}
        case = "to be made" if new_binding else "stands"
        return [
            (case, text, requests[program], milliseconds(samples[program]), samples[program].times(samples["floor"]))
            for program, text in PROGRAMS.items()
        ]

    def _shown(self, program: str, new_binding: bool) -> str:
        """What a program sends; its first run also warms it up."""
        self._run(program, new_binding)
        self._run("handler", new_binding)
        mark = self.audit.mark()
        aws = self._run(program, new_binding)["aws"]
        sent = self.audit.sent(mark, controller_group(self.stage.lab.policy.installation))
        return shown(sent, aws)

    def _run(self, program: str, new_binding: bool) -> dict[str, object]:
        (asking,) = self.stage.asking()
        self.stage.clear(keep_binding=not new_binding)
        time.sleep(QUIET_S)
        if program in ("settle", "handler"):
            return dict(self.child.ask({"program": program, "work": asking.event()}))
        errand = _errand(self.stage, asking, new_binding, program == "same")
        return dict(self.child.ask({"program": "floor", "work": asdict(errand)}))


def shown(sent: Sequence[Sent], aws: dict[str, int]) -> str:
    """Requests for a reader: ``GetRole ×2, GET aws-auth, …``."""
    asked = [name if count == 1 else f"{name} ×{count}" for name, count in aws.items()]
    return ", ".join([*asked, *(f"{_VERBS[one.verb]} {_WORDS[one.resource]}" for one in sent)])


def _errand(stage: Stage, asking: Asking, new_binding: bool, as_the_registrar: bool) -> Errand:
    binding = binding_of(asking.group, stage.lab.policy.installation)
    assert binding is not None  # noqa: S101 - the group is one of ours
    before, behind = stage.patch_for(asking)
    group = "rbac.authorization.k8s.io"
    body = {
        "apiVersion": f"{group}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": binding.name, "labels": {MANAGED_BY: stage.lab.policy.installation}},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": binding.role},
        "subjects": [{"apiGroup": group, "kind": "Group", "name": binding.group}],
    }
    made = json.dumps(body) if new_binding else None
    return Errand(asking.name, binding.role, NAMESPACE, binding.name, before, behind, made, as_the_registrar)

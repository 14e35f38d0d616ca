"""``make demo``: tag a role, use the cluster; untag it, and be refused. Only IAM calls are made; the rest happens.

Every command that is printed is run as it stands, by the real AWS CLI and the real kubectl.
"""

from __future__ import annotations

import difflib
import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab import errand
from lab.errors import LabError
from lab.kubeconfig import aws_command
from lab.local_eks import LocalEks

ROLE = "alice"
TAG = "eks-registrar/lab"
GRANTS = "view edit@payments group=oncall"
NAMESPACES = ("payments", "billing")
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}],
}
LONGEST_WAIT_S = 30.0


class DemoError(LabError):
    """Something did not happen that the demo promises."""


def main() -> int:
    """Run the demo in a folder of its own and leave nothing behind."""
    return errand.run("demo", _play)


def _play(folder: Path) -> None:
    _title("A local EKS: etcd, kube-apiserver, aws-iam-authenticator, IAM, EventBridge, SQS, the function")
    with LocalEks.start(folder, report=_say) as lab:
        Demo(lab).run()
    _say("everything is torn down")


@dataclass(frozen=True)
class Demo:
    """The scenes, played in a running lab."""

    lab: LocalEks

    def run(self) -> None:
        """Play them all. Raises ``DemoError`` where a promise does not hold."""
        for namespace in NAMESPACES:
            self.lab.kubectl("create", "namespace", namespace)
        self._tag_a_role()
        self._use_the_cluster()
        self._ask_why()
        self._untag_it()

    def _tag_a_role(self) -> None:
        _title("1. Create a tagged role. That is all that a person does")
        before = self._map_roles()
        trust = json.dumps(TRUST, separators=(",", ":"))
        tags = f"Key={TAG},Value={GRANTS}"
        called = time.monotonic()
        self._aws("iam", "create-role", "--role-name", ROLE, "--tags", tags, "--assume-role-policy-document", trust)
        self._wait("aws-auth has its row", called, lambda: f"role/{ROLE}:" in self._map_roles())
        _title("2. aws-auth, before and after: one line more, every other byte as it was")
        _diff(before, self._map_roles())
        _title("3. The bindings behind its groups")
        label = "app.kubernetes.io/managed-by=eks-registrar"
        print(
            self.lab.kubectl("get", "rolebindings,clusterrolebindings", "-A", "-o", "wide", "-l", label).stdout.rstrip()
        )

    def _use_the_cluster(self) -> None:
        _title(f"4. kubectl as {ROLE}, whose kubeconfig runs `aws eks get-token`")
        self._kubectl("auth", "whoami")
        self._kubectl("create", "configmap", "greeting", "--from-literal=hello=world", "-n", "payments")
        self._kubectl("create", "configmap", "greeting", "-n", "billing", refused_with="Forbidden")
        self._kubectl("get", "configmap", "aws-auth", "-n", "kube-system", "-o", "name")
        self._kubectl("delete", "configmap", "aws-auth", "-n", "kube-system", refused_with="Forbidden")

    def _ask_why(self) -> None:
        _title("5. Why? eks-registrar explain")
        arn = f"arn:aws:iam::123456789012:role/{ROLE}"
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}
        environment |= self.lab.registrar_environment()
        asked = [sys.executable, "-m", "registrar.cli", "explain", arn]
        _shown(["eks-registrar", "explain", arn])
        print(_run(asked, environment).stdout.rstrip())

    def _untag_it(self) -> None:
        _title("6. Untag it")
        before = self._map_roles()
        called = time.monotonic()
        self._aws("iam", "untag-role", "--role-name", ROLE, "--tag-keys", TAG)
        self._wait("its row is gone", called, lambda: f"role/{ROLE}:" not in self._map_roles())
        _diff(before, self._map_roles())
        self._wait("and so are the bindings", called, lambda: not self._bindings())
        self._kubectl("get", "pods", "-n", "payments", refused_with="Unauthorized")

    def _map_roles(self) -> str:
        return self.lab.kubectl(
            "get", "configmap", "aws-auth", "-n", "kube-system", "-o", "jsonpath={.data.mapRoles}"
        ).stdout

    def _bindings(self) -> str:
        label = "app.kubernetes.io/managed-by=eks-registrar"
        return self.lab.kubectl("get", "rolebindings,clusterrolebindings", "-A", "-o", "name", "-l", label).stdout

    def _aws(self, *arguments: str) -> None:
        _shown(["aws", *arguments])
        environment = {"PATH": os.environ["PATH"], "AWS_PAGER": ""} | self.lab.environment()
        result = _run([aws_command(), *arguments], environment)
        if result.returncode:
            raise DemoError(f"aws {' '.join(arguments[:2])} failed: {result.stderr.strip()}")

    def _kubectl(self, *arguments: str, refused_with: str | None = None) -> None:
        _shown(["kubectl", *arguments])
        started = time.monotonic()
        config = self.lab.kubeconfig_for_role(ROLE)
        result = self.lab.kubectl(*arguments, kubeconfig=config, check=False)
        print(f"{(result.stdout + result.stderr).rstrip()}")
        if refused_with is None and result.returncode:
            raise DemoError(f"kubectl {' '.join(arguments)} was refused, and should not have been")
        if refused_with is not None and refused_with.lower() not in result.stderr.lower():
            raise DemoError(f"kubectl {' '.join(arguments)} should have been refused: {refused_with}")
        _say(f"{'allowed' if refused_with is None else refused_with}, as it should be ({_since(started)})")

    def _wait(self, what: str, since: float, holds: Callable[[], bool]) -> None:
        while not holds():
            if time.monotonic() - since > LONGEST_WAIT_S:
                raise DemoError(
                    f"not within {LONGEST_WAIT_S:.0f} s: {what}; the function's log: {self._function_log()}"
                )
            time.sleep(0.05)
        _say(f"{what} {_since(since)} after the IAM call")

    def _function_log(self) -> str:
        return self.lab.aws.function_log.read_text()[-2_000:]


def _run(arguments: Sequence[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)


def _diff(before: str, after: str) -> None:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), "before", "after", lineterm="", n=2)
    print("\n".join(lines))


def _title(text: str) -> None:
    print(f"\n{text}\n{'─' * len(text)}", flush=True)


def _shown(arguments: Sequence[str]) -> None:
    print(f"$ {shlex.join(arguments)}", flush=True)


def _say(text: str) -> None:
    print(f"  · {text}", flush=True)


def _since(moment: float) -> str:
    return f"{time.monotonic() - moment:.2f} s"


if __name__ == "__main__":
    sys.exit(main())

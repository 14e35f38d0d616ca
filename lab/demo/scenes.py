"""The scenes of the demo, in a running lab."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from lab.demo.access import Access
from lab.demo.terminal import DemoError, diff, run, say, shown, since, title
from lab.demo.unreachable import show_that_nothing_listens, show_that_nothing_was_asked
from lab.kubeconfig import aws_command
from lab.local_eks import LocalEks
from lab.settings import ACCOUNT, CLUSTER, CONFIG_MAP

ROLE = "alice"
TAG = f"eks-registrar/{CLUSTER}"
GRANTS = "view edit@payments group=oncall"
WITHOUT_KUBERNETES = "policy=AmazonEKSViewPolicy policy=AmazonEKSEditPolicy@payments group=oncall"
NAMESPACES = ("payments", "billing")
LABEL = "app.kubernetes.io/managed-by=eks-registrar"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}],
}
LONGEST_WAIT_S = 30.0


@dataclass(frozen=True)
class Demo:
    """The scenes; ``access`` is where they look for what the role has."""

    lab: LocalEks
    access: Access

    @property
    def binds(self) -> bool:
        """Whether the registrar makes bindings in this cluster: not with ``kubernetes: none``."""
        return self.lab.policy.cluster(CLUSTER).kubernetes != "none"

    def run(self) -> None:
        """Play them all. Raises ``DemoError`` where a promise does not hold."""
        for namespace in NAMESPACES:
            self.lab.kubectl("create", "namespace", namespace)
        if not self.binds:
            title("0. The API server is out of the function's reach")
            show_that_nothing_listens(self.lab, self._aws)
        self._tag_a_role()
        self._use_the_cluster()
        self._ask_why()
        self._untag_it()
        if not self.binds:
            show_that_nothing_was_asked(self.lab)

    def _tag_a_role(self) -> None:
        title("1. Create a tagged role. That is all that a person does")
        before = self.access.text()
        trust = json.dumps(TRUST, separators=(",", ":"))
        tags = f"Key={TAG},Value={GRANTS if self.binds else WITHOUT_KUBERNETES}"
        called = time.monotonic()
        self._aws("iam", "create-role", "--role-name", ROLE, "--tags", tags, "--assume-role-policy-document", trust)
        self._wait(f"{self.access.place} has its {self.access.word}", called, lambda: self.access.has(ROLE))
        self._wait("kubectl (its own time included) is let in", called, self._known)
        title(f"2. {self.access.place}, before and after: one line more, everything else as it was")
        diff(before, self.access.text())
        if self.access.how_to_look:
            print(self._aws(*self.access.how_to_look).rstrip())
        if self.binds:
            title("3. The bindings behind its groups")
            kinds = "rolebindings,clusterrolebindings"
            print(self.lab.kubectl("get", kinds, "-A", "-o", "wide", "-l", LABEL).stdout.rstrip())
        else:
            title("3. The EKS access policies on it")
            arn = f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"
            print(
                self._aws("eks", "list-associated-access-policies", "--cluster-name", CLUSTER, "--principal-arn", arn)
            )

    def _use_the_cluster(self) -> None:
        title(f"4. kubectl as {ROLE}, whose kubeconfig runs `aws eks get-token`")
        guarded = "aws-auth" if self.lab.mode == CONFIG_MAP else "extension-apiserver-authentication"
        self._kubectl("auth", "whoami")
        self._kubectl("create", "configmap", "greeting", "--from-literal=hello=world", "-n", "payments")
        self._kubectl("create", "configmap", "greeting", "-n", "billing", refused_with="Forbidden")
        self._kubectl("get", "configmap", guarded, "-n", "kube-system", "-o", "name")
        self._kubectl("delete", "configmap", guarded, "-n", "kube-system", refused_with="Forbidden")

    def _ask_why(self) -> None:
        title("5. Why? eks-registrar explain")
        print(self._registrar("explain", f"arn:aws:iam::{ACCOUNT}:role/{ROLE}").rstrip())

    def _untag_it(self) -> None:
        title("6. Untag it")
        before = self.access.text()
        called = time.monotonic()
        self._aws("iam", "untag-role", "--role-name", ROLE, "--tag-keys", TAG)
        self._wait(f"its {self.access.word} is gone", called, lambda: not self.access.has(ROLE))
        diff(before, self.access.text())
        if self.lab.mode == CONFIG_MAP:
            self._wait("and so are the bindings", called, lambda: not self._bindings())
        self._wait("kubectl (its own time included) is refused", called, lambda: not self._known())
        self._kubectl("get", "pods", "-n", "payments", refused_with="Unauthorized")
        if self._bindings():
            say("bindings that nobody uses any more are left to the sweep, which sees all entries:")
            print(self._registrar("sweep").rstrip())

    def _known(self) -> bool:
        """Whether the cluster knows a new session of the role."""
        config = self.lab.kubeconfig_for_role(ROLE, session=f"s{time.monotonic_ns()}")
        return self.lab.kubectl("auth", "whoami", kubeconfig=config, check=False).returncode == 0

    def _bindings(self) -> str:
        return self.lab.kubectl("get", "rolebindings,clusterrolebindings", "-A", "-o", "name", "-l", LABEL).stdout

    def _aws(self, *arguments: str) -> str:
        shown(["aws", *arguments])
        result = run([aws_command(), *arguments], self.lab.environment())
        if result.returncode:
            raise DemoError(f"aws {' '.join(arguments[:2])} failed: {result.stderr.strip()}")
        return result.stdout

    def _registrar(self, *arguments: str) -> str:
        shown(["eks-registrar", *arguments])
        environment = {"PYTHONPATH": os.pathsep.join(sys.path)} | self.lab.registrar_environment()
        result = run([sys.executable, "-m", "registrar.cli", *arguments], environment)
        if result.returncode:
            raise DemoError(f"eks-registrar {arguments[0]} failed: {result.stdout}{result.stderr}")
        return result.stdout

    def _kubectl(self, *arguments: str, refused_with: str | None = None) -> None:
        shown(["kubectl", *arguments])
        started = time.monotonic()
        result = self.lab.kubectl(*arguments, kubeconfig=self.lab.kubeconfig_for_role(ROLE), check=False)
        print(f"{(result.stdout + result.stderr).rstrip()}")
        if refused_with is None and result.returncode:
            raise DemoError(f"kubectl {' '.join(arguments)} was refused, and should not have been")
        if refused_with is not None and refused_with.lower() not in result.stderr.lower():
            raise DemoError(f"kubectl {' '.join(arguments)} should have been refused: {refused_with}")
        say(f"{'allowed' if refused_with is None else refused_with}, as it should be ({since(started)})")

    def _wait(self, what: str, called: float, holds: Callable[[], bool]) -> None:
        while not holds():
            if time.monotonic() - called > LONGEST_WAIT_S:
                log = self.lab.aws.function_log.read_text()[-2_000:]
                raise DemoError(f"not within {LONGEST_WAIT_S:.0f} s: {what}; the function's log: {log}")
            time.sleep(0.05)
        say(f"{what} {since(called)} after the IAM call")

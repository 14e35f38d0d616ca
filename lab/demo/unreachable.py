"""What the demo shows of ``kubernetes: none``: the function could not call the API server, and never tries."""

from __future__ import annotations

import json
from collections.abc import Callable

from lab.demo.terminal import DemoError, say, shown
from lab.local_eks import LocalEks
from lab.settings import CLUSTER


def show_that_nothing_listens(lab: LocalEks, aws: Callable[..., str]) -> None:
    """Ask EKS for the endpoint, as the function would, and try it; the users' kubeconfigs have the real one."""
    describe = ("eks", "describe-cluster", "--name", CLUSTER, "--query", "cluster.endpoint", "--output", "text")
    endpoint = aws(*describe).strip()
    print(endpoint)
    asked = ("get", "--raw", "/readyz", "--server", endpoint)
    shown(["kubectl", *asked])
    answer = lab.kubectl(*asked, check=False)
    print(answer.stderr.strip())
    if answer.returncode == 0:
        raise DemoError(f"something answers at {endpoint}, where nothing should listen")
    say("nothing listens where EKS tells the function that the API server is, as behind a private endpoint")


def show_that_nothing_was_asked(lab: LocalEks) -> None:
    """Look for the registrar in the API server's audit log."""
    events = [json.loads(line) for line in lab.audit_log.read_text().splitlines()]
    ours = [one for one in events if "eks-registrar-controller" in one["user"].get("groups", ())]
    if ours:
        raise DemoError(f"the registrar has made {len(ours)} Kubernetes requests, and should have made none")
    say(f"the API server's audit log: {len(events)} requests, none of them the registrar's")

"""``python -m lab.deploy``: ``make deploy-local``."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from infra.names import Names
from lab import errand
from lab.deploy.cdk import Cdk
from lab.deploy.registrar_row import add_row_of_output
from lab.errors import LabError
from lab.local_eks import LocalEks
from lab.settings import ACCOUNT, CLUSTER, CONFIGURATION, REGION

NAMES = Names("eks-registrar", REGION)
ALIAS = "live"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}],
}
_LONGEST_WAIT_S = 60.0


def main() -> int:
    """Deploy into a lab of its own, see a tagged role get in, deploy again, destroy; 0 if all of it went well."""
    return errand.run("deploy-local", _deploy)


def _deploy(folder: Path) -> None:
    with LocalEks.start(folder / "lab", with_function=False, report=_say) as lab:
        _play(lab, Cdk(lab, CONFIGURATION, folder / "cdk.out"))
    _say("everything is torn down")


def _play(lab: LocalEks, cdk: Cdk) -> None:
    _step("cdk bootstrap", cdk.bootstrap)
    _tag(lab, "early")  # nothing listens yet: no event will ever tell of it
    _step("cdk deploy", cdk.deploy)
    deployed = lab.aws.run_deployed_function(NAMES.function("public"), ALIAS)
    _say(f"deployed: function {deployed.function['FunctionName']}, fed by {deployed.mapping['EventSourceArn']}")
    _say(f"aws-auth, by hand, as the stack's output says: {add_row_of_output(lab, NAMES.hub_stack)}")
    _say(f"a role that was tagged before, by the sweep of the deployment: {_row_of(lab, 'early')}")
    _tag(lab, "alice")
    _say(f"a role is tagged: {_row_of(lab, 'alice')}")
    _say(f"scheduled: {_schedules(lab)}")
    _step("cdk deploy again", cdk.deploy)
    _step("cdk destroy", cdk.destroy)


def _tag(lab: LocalEks, name: str) -> None:
    lab.aws.client("iam").create_role(
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps(_TRUST),
        Tags=[{"Key": f"eks-registrar/{CLUSTER}", "Value": "view"}],
    )


def _row_of(lab: LocalEks, name: str) -> str:
    deadline = time.monotonic() + _LONGEST_WAIT_S
    while time.monotonic() < deadline:
        shown = lab.kubectl(
            "get", "configmap", "aws-auth", "-n", "kube-system", "-o", "jsonpath={.data.mapRoles}"
        ).stdout
        for line in shown.splitlines():
            if "eks-registrar:" in line and f"role/{name}" in line:
                return line
        time.sleep(0.2)
    raise LabError(f"the tagged role {name} got no row within {_LONGEST_WAIT_S:.0f} s; see {lab.aws.function_log}")


def _schedules(lab: LocalEks) -> str:
    scheduler, group = lab.aws.client("scheduler"), NAMES.schedules("public")
    names = [one["Name"] for one in scheduler.list_schedules(GroupName=group)["Schedules"]]
    found = [scheduler.get_schedule(Name=name, GroupName=group) for name in names]
    return "; ".join(f"{one['Name']}, {one['ScheduleExpression']}: {one['Target']['Input']}" for one in found)


def _step(name: str, step: Callable[[], object]) -> None:
    started = time.monotonic()
    step()
    _say(f"{name}: done in {time.monotonic() - started:.0f} s")


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())

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
    _step("cdk deploy", cdk.deploy)
    deployed = lab.aws.run_deployed_function(NAMES.function("public"), ALIAS)
    _say(f"deployed: function {deployed.function['FunctionName']}, fed by {deployed.mapping['EventSourceArn']}")
    _say(f"aws-auth, by hand, as the stack's output says: {add_row_of_output(lab, NAMES.hub_stack)}")
    _say(f"a role is tagged: {_row_of_tagged_role(lab)}")
    _step("cdk deploy again", cdk.deploy)
    _step("cdk destroy", cdk.destroy)


def _row_of_tagged_role(lab: LocalEks) -> str:
    lab.aws.client("iam").create_role(
        RoleName="alice",
        AssumeRolePolicyDocument=json.dumps(_TRUST),
        Tags=[{"Key": f"eks-registrar/{CLUSTER}", "Value": "view"}],
    )
    deadline = time.monotonic() + _LONGEST_WAIT_S
    while time.monotonic() < deadline:
        shown = lab.kubectl(
            "get", "configmap", "aws-auth", "-n", "kube-system", "-o", "jsonpath={.data.mapRoles}"
        ).stdout
        for line in shown.splitlines():
            if "eks-registrar:" in line and "role/alice" in line:
                return line
        time.sleep(0.2)
    raise LabError(f"the tagged role got no row within {_LONGEST_WAIT_S:.0f} s; see {lab.aws.function_log}")


def _step(name: str, step: Callable[[], object]) -> None:
    started = time.monotonic()
    step()
    _say(f"{name}: done in {time.monotonic() - started:.0f} s")


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())

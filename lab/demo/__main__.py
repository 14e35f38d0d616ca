"""``python -m lab.demo``, which ``make demo`` calls."""

import argparse
import sys
from functools import partial
from pathlib import Path

from lab import errand
from lab.demo.access import access_of
from lab.demo.scenes import ROLE, Demo
from lab.demo.terminal import say, title
from lab.errors import LabError
from lab.local_eks import LocalEks
from lab.settings import API, AUTHENTICATION_MODES, CONFIG_MAP, CONFIGURATION, WITHOUT_KUBERNETES


def main() -> int:
    """Run the demo in a folder of its own and leave nothing behind."""
    parser = argparse.ArgumentParser(prog="python -m lab.demo", description="The main job, end to end.")
    parser.add_argument("--mode", choices=AUTHENTICATION_MODES, default=CONFIG_MAP, help="the authenticationMode")
    parser.add_argument("--kubernetes", choices=("managed", "none"), default="managed", help="as in registrar.yaml")
    options = parser.parse_args()
    return errand.run("demo", partial(_play, options.mode, options.kubernetes))


def _play(mode: str, kubernetes: str, folder: Path) -> None:
    if kubernetes == "none" and mode != API:
        raise LabError(
            f"KUBERNETES=none needs MODE=API: in mode {mode} aws-auth is read, which only Kubernetes can show"
        )
    title("A local EKS: etcd, kube-apiserver, aws-iam-authenticator, IAM, EventBridge, SQS, the function")
    say(f"authentication mode {mode}, kubernetes: {kubernetes}")
    configuration = WITHOUT_KUBERNETES if kubernetes == "none" else CONFIGURATION
    with LocalEks.start(folder, configuration.read_text(), report=say, mode=mode) as lab:
        Demo(lab, access_of(lab, ROLE)).run()
    say("everything is torn down")


if __name__ == "__main__":
    sys.exit(main())

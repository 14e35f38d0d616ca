"""``python -m lab.sam EVENT.json``: ``make sam-replay``."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from infra.bundling import package
from infra.bundling.errors import BundlingError
from infra.bundling.target import Target
from lab import containers
from lab.errors import LabError
from lab.local_eks import LocalEks
from lab.sam import stage
from lab.sam.invoke import SamLocal
from lab.sam.template import host_architecture, localised, synthesise
from lab.settings import CONFIGURATION


def main(argv: list[str] | None = None) -> int:
    """Replay one event in a container; 0 if the function ended well, 1 with a sentence on standard error if not."""
    parser = argparse.ArgumentParser(prog="python -m lab.sam", description=__doc__)
    parser.add_argument("event", type=Path, help="a file of events/")
    parser.add_argument("--skip-pull-image", action="store_true", help="take the base image that is there")
    options = parser.parse_args(argv)
    try:
        event = json.loads(options.event.read_text())
        address = containers.bridge_address()
        with tempfile.TemporaryDirectory(prefix="eks-registrar-sam-") as folder:
            return _replay(Path(folder), options.event.absolute(), event, address, pull=not options.skip_pull_image)
    except (LabError, BundlingError, OSError, ValueError) as error:
        print(f"sam-replay: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("sam-replay: interrupted; nothing is left running", file=sys.stderr)
        return 130


def _replay(folder: Path, path: Path, event: dict[str, object], address: str, *, pull: bool) -> int:
    _say(str(package.build(folder / "package", CONFIGURATION, Target(host_architecture()))))
    template = localised(synthesise(CONFIGURATION, folder / "cdk.out"), folder / "package")
    with LocalEks.start(folder / "lab", with_function=False, report=_say, containers_at=address) as lab:
        stage.make_namespaces(lab)
        role = stage.make_role_of(lab, event)
        _say(f"sam local invoke -t {template.path.name} {template.function} -e {path.name}")
        environment = lab.container_environment() | {"REGISTRAR_DLQ_URL": stage.make_dead_letter_queue(lab)}
        done = SamLocal(template, environment, pull).invoke(path)
        sys.stderr.write(done.printed)
        _say(done.answer)
        if role:
            _say(f"aws-auth: {stage.row_of(lab, role) or f'no row for {role}'}")
    return 1 if done.failed else 0


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())

"""The supervisor's process: ``python -m lab.supervise FOLDER …``, started by ``python -m lab up``."""

import argparse
import sys
from pathlib import Path

from lab import commands, supervisor
from lab.settings import CONFIG_MAP


def main(argv: list[str] | None = None) -> int:
    """Own a lab until it ends; what is said goes to standard output, which is the supervisor's log."""
    parser = argparse.ArgumentParser(prog="python -m lab.supervise")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--containers-at")
    parser.add_argument("--mode", default=CONFIG_MAP)
    options = parser.parse_args(argv)
    try:
        supervisor.run(options.folder, commands.say, options.config, sys.stdin, options.containers_at, options.mode)
    except KeyboardInterrupt:
        return 0
    except commands.EXPECTED_ERRORS as error:
        commands.say(f"lab: {error}")
    return 1


if __name__ == "__main__":
    sys.exit(main())

"""The supervisor's process: ``python -m lab.supervise FOLDER [CONFIGURATION]``, started by ``python -m lab up``."""

import sys
from pathlib import Path

from lab import commands, supervisor


def main(folder: str, configuration: str | None = None) -> int:
    """Own a lab until it ends; what is said goes to standard output, which is the supervisor's log."""
    try:
        supervisor.run(Path(folder), commands.say, Path(configuration) if configuration else None, sys.stdin)
    except KeyboardInterrupt:
        return 0
    except commands.EXPECTED_ERRORS as error:
        commands.say(f"lab: {error}")
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

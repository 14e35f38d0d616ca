"""The command line of the lab, ``python -m lab``."""

import argparse
import sys
from pathlib import Path

from lab import commands
from lab.settings import AUTHENTICATION_MODES, CONFIG_MAP


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns its exit code: 0 done, 1 it failed, 2 wrong usage, 130 interrupted."""
    options = _parser().parse_args(argv)
    try:
        return _dispatch(options)
    except commands.EXPECTED_ERRORS as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("lab: interrupted; nothing is left running", file=sys.stderr)
        return 130


def _dispatch(options: argparse.Namespace) -> int:
    folder: Path = options.folder
    match options.command:
        case "up":
            return commands.up(
                folder,
                options.config,
                mode=options.mode,
                foreground=options.foreground,
                with_hints=options.hints,
                reachable_from_containers=options.reachable_from_containers,
            )
        case "kubeconfig":
            return commands.print_kubeconfig(folder, options.role, options.session)
        case "binaries":
            return commands.print_binaries()
        case "status":
            return commands.status(folder)
        case _:
            return commands.down(folder)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab", description="A local EKS, made of the real parts.")
    parser.add_argument("--folder", type=Path, default=Path(".lab"), help="where the lab's files are (default: .lab)")
    commands_ = parser.add_subparsers(dest="command", required=True)
    up = commands_.add_parser("up", help="start it; returns when it is ready")
    up.add_argument("--mode", choices=AUTHENTICATION_MODES, default=CONFIG_MAP, help="the authenticationMode")
    up.add_argument("--foreground", action="store_true", help="stay until Ctrl-C instead of returning")
    up.add_argument("--hints", action="store_true", help="print what can be tried, once it is up")
    up.add_argument("--config", type=Path, help="another registrar.yaml than lab/registrar.yaml")
    up.add_argument(
        "--reachable-from-containers",
        action="store_true",
        help="listen on the host's address on Docker's bridge as well (nothing listens beyond loopback without it)",
    )
    kubeconfig = commands_.add_parser("kubeconfig", help="print the kubeconfig of the user of an IAM role")
    kubeconfig.add_argument("role", metavar="ROLE", help="the role's name or ARN")
    kubeconfig.add_argument("--session", default="lab", help="the session's name (default: lab)")
    commands_.add_parser("binaries", help="download or build what the control plane is made of, and print where it is")
    commands_.add_parser("status", help="say whether it runs; exit code 0 if so, else 1")
    commands_.add_parser("down", help="end it")
    return parser

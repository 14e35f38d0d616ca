"""``eks-registrar restore``: put a kept body of aws-auth back, under the caller's own kubeconfig.

For the access entries that were kept with it the commands are printed, and nothing is done.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Mapping
from typing import Any

from registrar.commands import kept_bodies
from registrar.commands.entries_restored import show_entries
from registrar.commands.kept_bodies import KeptBody, View
from registrar.commands.restoration import Restoration, restoration
from registrar.commands.shown import diff, visible
from registrar.errors import RegistrarError
from registrar.kubectl import Kubectl, KubectlConflict, KubectlFailed
from registrar.marks import Marks
from registrar.policy import Policy
from registrar.rights.rbac import AWS_AUTH, AWS_AUTH_NAMESPACE

_DONE, _NOT_DONE = 0, 1
_SWEEP = "eks-registrar sweep"


def add_to(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the parser's commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "restore", help="put a kept body of aws-auth back, and print the commands for access entries"
    )
    parser.add_argument("number", type=int, metavar="NUMBER", help="of the body, as `history` shows it")
    kept_bodies.add_options(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    return parser


def run(parsed: argparse.Namespace, policy: Policy) -> int:
    """Show what would change, ask, write. Returns 0 if it was written or nothing changes, 1 if it was not wanted.

    Raises ``KubectlConflict`` if somebody changed aws-auth meanwhile, what ``restoration`` raises for a body that must
    not be put back, and what ``kept_bodies.look`` raises. Nothing is written then.
    """
    nowhere = kept_bodies.nowhere(policy, parsed.cluster)
    if nowhere is not None:
        raise RegistrarError(nowhere)
    kubectl = kept_bodies.kubectl_of(parsed)
    view = kept_bodies.look(kubectl, policy, parsed.cluster)
    kept = view.number(parsed.number)
    if kept.body.entries_text is not None:
        show_entries(view, kept)
    return _restore_aws_auth(parsed, kubectl, view, kept) if kept.body.has_aws_auth else _DONE


def _restore_aws_auth(parsed: argparse.Namespace, kubectl: Kubectl, view: View, kept: KeptBody) -> int:
    made = restoration(view.body, kept, view.marks)
    before: Mapping[str, str] = view.body.data if view.body else {}
    if view.body and made.data == before:
        print(f"{view.where}: nothing of body {kept.kept.number} differs from aws-auth now, but for our rows")
        return _DONE
    _show(view, kept, made, before, parsed.context)
    if not parsed.yes and not _agreed(input):
        print("not confirmed: nothing was written", file=sys.stderr)
        return _NOT_DONE
    _write(kubectl, view, made)
    print(f"aws-auth was put back from body {kept.kept.number}. Now let the registrar settle its own rows:\n  {_SWEEP}")
    return _DONE


def by_hand(slot: str, marks: Marks, context: str | None) -> str:
    """The same with kubectl alone, for a POSIX shell: what is not ours of ``mapRoles``, and no row of ours.

    It stops where nothing was read: an empty ``mapRoles`` would shut everybody out.
    """
    kubectl = f"kubectl --context={shlex.quote(context)}" if context else "kubectl"
    ours = " ".join(f'-e \'"username": "{name}:\'' for name in marks.all)
    in_place = f"configmap {AWS_AUTH} -n {AWS_AUTH_NAMESPACE}"
    return (
        f"{kubectl} get configmap {slot} -n {marks.installation} -o jsonpath='{{.data.mapRoles}}' |\n"
        f"  grep -av {ours} > mapRoles &&\n"
        f"{kubectl} create {in_place} --from-file=mapRoles --dry-run=client -o json |\n"
        f"  {kubectl} patch {in_place} --type=merge --patch-file=/dev/stdin\n"
    )


def _show(view: View, kept: KeptBody, made: Restoration, before: Mapping[str, str], context: str | None) -> None:
    print(f"{view.where}\nbody {kept.kept.number}, read at {kept.kept.time} before: {visible(kept.kept.before)}\n")
    print(diff(before, made.data, sys.stdout.isatty()))
    for note in made.notes:
        print(f"note: {visible(note)}")
    print(f"\nWithout this program, the same for mapRoles:\n\n{by_hand(kept.slot, view.marks, context)}")


def _agreed(ask: Callable[[str], str]) -> bool:
    try:
        return ask("Put it back? Type yes: ").strip() == "yes"
    except EOFError:
        return False


def _write(kubectl: Kubectl, view: View, made: Restoration) -> None:
    try:
        if view.now is None:
            metadata = {"name": AWS_AUTH, "namespace": AWS_AUTH_NAMESPACE}
            kubectl.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": dict(made.data)})
        else:
            kubectl.replace({**view.now, "data": dict(made.data)})
    except KubectlConflict as error:
        raise KubectlConflict(
            f"aws-auth was changed by somebody else since it was shown; nothing was written, look again. ({error})"
        ) from error
    except KubectlFailed as error:
        raise KubectlFailed(f"aws-auth was not put back: {error}") from error

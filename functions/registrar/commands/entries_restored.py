"""What ``restore`` says of access entries: how those of others differ from a kept body, and the commands against it."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from registrar.commands.entry_commands import entry_commands
from registrar.commands.kept_bodies import KeptBody, View
from registrar.commands.shown import diff, visible
from registrar.sinks.entry_record import KEY, EntryThen, entries_text


def show_entries(view: View, kept: KeptBody) -> None:
    """Print it. Nothing is written: an entry of others is its owner's."""
    number = kept.kept.number
    then, now = kept.body.entries, view.entries
    if then is None:
        print(f"note: the access entries of body {number} cannot be read: {visible(kept.body.problems[KEY])}\n")
        return
    if now is None or view.cluster is None:
        print(
            f"note: the access entries of now could not be read with your AWS identity ({visible(view.unread or '')}): "
            f"what is to be done about them is not known. They were:\n{visible(entries_text(then))}"
        )
        return
    commands = entry_commands(then, now, view.cluster)
    for note in commands.notes:
        print(f"note: {visible(note)}")
    if not commands.lines:
        print(f"{view.where}: no access entry of others that stood in body {number} is gone or differs\n")
        return
    print(f"{view.where}\naccess entries of others in body {number}, read at {kept.kept.time}:\n")
    print(_diff(then, now))
    print("They are not the registrar's to write. To bring them back, as somebody who may:\n")
    print("".join(f"  {line}\n" for line in commands.lines))


def _diff(then: Iterable[EntryThen], now: Iterable[EntryThen]) -> str:
    """What stood then; what has come since stays, and is no difference."""
    wanted = {one.arn: one for one in then if not one.ours}
    standing = [one for one in now if one.arn in wanted]
    texts = ({KEY: entries_text(standing)}, {KEY: entries_text(wanted.values())})
    return diff(*texts, sys.stdout.isatty(), of="the cluster")

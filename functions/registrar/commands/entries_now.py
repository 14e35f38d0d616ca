"""The access entries of a cluster as they stand now, read with the caller's own AWS identity."""

from __future__ import annotations

from datetime import UTC, datetime

import boto3

from registrar.commands.progress import say
from registrar.eks.access_entries import EntriesApi
from registrar.eks.many_entries import PACED
from registrar.marks import Marks
from registrar.policy import Cluster
from registrar.sinks.access_entries import AccessEntries
from registrar.sinks.entry_record import KEY, EntryThen, entries_of_text
from registrar.wiring import client, clock_and_pause


def entries_now(cluster: Cluster, marks: Marks) -> tuple[EntryThen, ...]:
    """All of them, in the form in which the history keeps them. Raises as ``EntriesApi``.

    That is one call for every hundred, one for each, and one more for each that has access policies (of few: for each).
    """
    say(f"reading the access entries of cluster {cluster.tag}")
    api = EntriesApi(client(boto3.Session(), "eks", cluster.region, PACED), cluster)
    place = AccessEntries(api, marks, lambda: datetime.now(UTC), clock_and_pause().pause)
    return entries_of_text(place.record(place.read(whole=True)).data[KEY])

"""The tags of access entries."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from lab.aws.eks import rules
from lab.aws.eks.entries import AccessEntries
from lab.aws.eks.errors import absent
from lab.aws.eks.model import Entry

Params = Mapping[str, Any]


def tag(entries: AccessEntries, params: Params) -> dict[str, Any]:
    """``TagResource``: what is not named stays as it is."""

    def tagged(entry: Entry) -> dict[str, str]:
        rules.check_tags("TagResource", entry.tags, params["tags"])
        return {**entry.tags, **params["tags"]}

    return _change("TagResource", entries, params, tagged)


def untag(entries: AccessEntries, params: Params) -> dict[str, Any]:
    """``UntagResource``; a key that is not there is no error."""
    gone = frozenset(params["tagKeys"])
    return _change(
        "UntagResource", entries, params, lambda entry: {k: v for k, v in entry.tags.items() if k not in gone}
    )


def shown(entries: AccessEntries, params: Params) -> dict[str, Any]:
    """``ListTagsForResource``."""
    return {"tags": dict(_entry("ListTagsForResource", entries, params).tags)}


def _change(
    operation: str, entries: AccessEntries, params: Params, changed: Callable[[Entry], dict[str, str]]
) -> dict[str, Any]:
    principal_arn = _entry(operation, entries, params).principal.arn
    entries.change(operation, principal_arn, lambda e: replace(e, tags=changed(e), modified_at=time.time()))
    return {}


def _entry(operation: str, entries: AccessEntries, params: Params) -> Entry:
    found = entries.by_arn(params["resourceArn"])
    if found is None:
        raise absent(operation, f"The access entry {params['resourceArn']} could not be found.")
    return found

"""What a role's tags ask for: the grammar of keys and values. Pure.

A value is a list of grants separated by U+0020. Any other white space is no separator but part of a word, and makes
it unreadable: a U+2028 in a tag is a line break to a YAML 1.1 parser, an injection that was tried and is real.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from registrar.grants import Grant, GrantKind
from registrar.model import Asked

MOST_GRANTS = 32
CONTINUATIONS = range(2, 10)

_CLUSTER_ROLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]*", re.ASCII)
_GROUP = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+=-]*", re.ASCII)
_POLICY = re.compile(r"[A-Za-z0-9]+", re.ASCII)
_NAMESPACE = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)


def keys_for(prefix: str, cluster_tag: str) -> tuple[str, ...]:
    """Every tag key that can speak for a cluster, in the order in which they are read."""
    own = f"{prefix}/{cluster_tag}"
    return (prefix, own, *(f"{own}/{n}" for n in CONTINUATIONS))


def asked_by(tags: Sequence[tuple[str, str]], prefix: str, cluster_tag: str) -> tuple[Asked, ...]:
    """The grants that tags ask for in one cluster, in reading order, the same text once.

    What cannot be read, and what comes after the 32nd, is there too, with its problem.
    """
    values: Mapping[str, str] = dict(tags)
    seen: dict[str, Asked] = {}
    for key in keys_for(prefix, cluster_tag):
        for text in _words(values.get(key, "")):
            if text in seen:
                continue
            full = len(seen) >= MOST_GRANTS
            seen[text] = Asked(text, key, problem=f"only {MOST_GRANTS} grants are read") if full else read(text, key)
    return tuple(seen.values())


def tampered_keys(tags: Sequence[tuple[str, str]], prefix: str, cluster_tags: Sequence[str]) -> tuple[str, ...]:
    """Keys that are one of ours but for their case: they grant nothing.

    IAM's tag keys ignore case and replace each other (IAM user guide, "Tagging IAM resources"), so such a key can
    also have pushed out the real one.
    """
    known = {key for tag in cluster_tags for key in keys_for(prefix, tag)}
    folded = {key.lower() for key in known}
    return tuple(key for key, _ in tags if key not in known and key.lower() in folded)


def read(text: str, source: str) -> Asked:
    """One word of a value as a grant, or the problem with it."""
    if not text.isascii():
        return Asked(text, source, problem=f"{text!a} is not ASCII")
    word, *options = text.split("/")
    for option in options:
        if option.startswith(("from=", "until=")):
            return Asked(text, source, problem=f"/{option.partition('=')[0]}= is not yet supported")
        return Asked(text, source, problem=f"unknown option {'/' + option!a}")
    grant = parse_grant(word)
    if grant is None:
        return Asked(text, source, problem=f"{text!a} is no grant; {FORMS}")
    return Asked(text, source, grant=grant)


FORMS = "known forms: CLUSTERROLE, CLUSTERROLE@NAMESPACE, group=NAME, policy=NAME, policy=NAME@NAMESPACE"


def parse_grant(word: str, namespace: re.Pattern[str] = _NAMESPACE) -> Grant | None:
    """A grant without options; ``None`` if it has no known form.

    ``namespace`` is what may stand behind the ``@``: rules allow a wildcard there.
    """
    if word.startswith("group="):
        name = word.removeprefix("group=")
        return Grant(GrantKind.GROUP, name) if _GROUP.fullmatch(name) else None
    kind = GrantKind.POLICY if word.startswith("policy=") else GrantKind.CLUSTER_ROLE
    name, at, place = word.removeprefix("policy=").partition("@")
    names = _POLICY if kind is GrantKind.POLICY else _CLUSTER_ROLE
    if not names.fullmatch(name) or (at and not namespace.fullmatch(place)):
        return None
    return Grant(kind, name, place or None)


def _words(value: str) -> Iterator[str]:
    return (word for word in value.split(" ") if word)

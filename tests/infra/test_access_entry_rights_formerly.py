"""An installation with a new name: its entries of the former one are taken over and removed, and none is made anew."""

from __future__ import annotations

from dataclasses import replace

import pytest

from registrar import configuration
from registrar.policy import Policy
from tests.infra.access_entry_requests import (
    DEVELOPER,
    MARK,
    OURS,
    OWN_ROLE,
    TAGS,
    Call,
    Entry,
    not_as,
    verdicts_on,
)
from tests.infra.iam_judge import ACCOUNT

RULES = (
    f'clusters:\n- {{name: prod, account: "{ACCOUNT}", region: eu-west-1}}\nrules:\n'
    '- {name: dev, clusters: [prod], roles: ["/**"],'
    ' allow: ["edit@*", "group=oncall", "policy=AmazonEKSViewPolicy@*"]}\n'
)
OLD, OLDER = "old-name", "older-name"
RENAMED = configuration.parse(f"formerly: [{OLD}, {OLDER}]\n{RULES}")
UNNAMED = configuration.parse(RULES)
TAGGED = tuple(TAGS.items())


def tags_of(name: str) -> tuple[tuple[str, str], ...]:
    """The tags of an entry that the installation made under a name."""
    return ((*MARK,)[0], name), (f"{name}/role-id", "AROAEXAMPLE")


def entry_of(name: str, *groups: str) -> Entry:
    """An entry in the form that the installation gave it under a name."""
    username = f"{name}:{ACCOUNT}:role/alice:{{{{SessionName}}}}"
    return Entry(DEVELOPER, username, groups or (f"{name}:edit@team-a", "oncall"))


def calls_on(name: str) -> list[Call]:
    """What makes an entry of that name one of today's, and what removes it."""
    tags = tags_of(name)
    return [
        Call("UpdateAccessEntry", entry_of(OURS), tags=tags),  # judged by what it shall be
        Call("UpdateAccessEntry", entry_of(name), tags=tags),  # judged by what it is,
        Call("UpdateAccessEntry", entry_of(name), tags=(*tags[1:], *TAGGED)),  # also once it is marked anew
        Call("TagResource", entry_of(name), asked=TAGGED, tags=tags),
        Call(
            "AssociateAccessPolicy", entry_of(name), tags=tags, policy="AmazonEKSViewPolicy",
            scope="namespace", namespaces=("team-a",),
        ),
        Call("DisassociateAccessPolicy", entry_of(name), tags=tags, policy="AmazonEKSViewPolicy"),
        Call("DeleteAccessEntry", entry_of(name), tags=tags),
    ]  # fmt: skip


@pytest.mark.parametrize("name", [OLD, OLDER])
def test_entries_of_every_former_name_are_ours_all_the_same(name: str) -> None:
    """Changed, marked anew, given a policy and removed, by whichever side of an update EKS judges."""
    assert not_as("Allowed", calls_on(name), RENAMED) == []


def test_a_name_that_formerly_does_not_list_is_foreign() -> None:
    """The same calls on the entries of another installation, or before the new name is told."""
    assert not_as("Implicitly", calls_on(OLD), UNNAMED) == []
    assert not_as("Implicitly", calls_on("not-listed"), RENAMED) == []


def test_nothing_is_made_or_marked_under_a_former_name() -> None:
    """What is written carries the name of today; a former one may stay or go, and never come."""
    made = [
        Call("CreateAccessEntry", entry_of(OLD), asked=tags_of(OLD)),
        Call("CreateAccessEntry", entry_of(OURS), asked=tags_of(OLD)),
        Call("CreateAccessEntry", entry_of(OLD), asked=TAGGED),
        Call("CreateAccessEntry", entry_of(OURS, f"{OLD}:edit@team-a"), asked=TAGGED),
        Call("TagResource", entry_of(OURS), asked=tags_of(OLD), tags=TAGGED),
        Call("TagResource", entry_of(OLD), asked=tags_of(OLD), tags=tags_of(OLD)),
    ]
    assert not_as("Implicitly", made, RENAMED) == []


def test_a_former_name_reaches_no_wider_groups() -> None:
    """Neither what no rule names, nor a privileged namespace by a wildcard, nor a template, nor another's group."""
    tags = tags_of(OLD)
    groups = [f"{OLD}:edit@kube-system", f"{OLD}:edit@{OLD}", f"{OURS}:edit@{OLD}", f"{OLD}:edit@x{{{{SessionName}}}}"]
    denied = [Call("UpdateAccessEntry", entry_of(OLD, group), tags=tags) for group in groups]
    assert not_as("Explicitly", denied, RENAMED) == []
    others = [f"{OLD}:cluster-admin", f"{OLD}:view@team-a", "system:masters", f"{OLD}-controller"]
    missing = [Call("UpdateAccessEntry", entry_of(OLD, group), tags=tags) for group in others]
    assert not_as("Implicitly", missing, RENAMED) == []


def test_what_a_former_name_leaves_in_the_tags_may_go_and_the_mark_of_today_not() -> None:
    """Once the entry is marked anew."""
    both = (*TAGGED, (f"{OLD}/role-id", "AROAEXAMPLE"))
    untag = Call("UntagResource", tags=both, untag=(f"{OLD}/role-id",))
    assert verdicts_on([untag], RENAMED) == ["Allowed"]
    denied = [
        replace(untag, untag=(f"{OURS}/role-id",)),
        replace(untag, untag=tuple(MARK)),
        replace(untag, untag=(f"{OLD}/role-id", f"{OURS}/role-id")),
        replace(untag, tags=tags_of(OLD)),
    ]
    assert not_as("Implicitly", denied, RENAMED) == []


@pytest.mark.parametrize("policy", [RENAMED, UNNAMED], ids=["renamed", "unnamed"])
def test_the_registrar_s_own_entry_stays_out_of_reach(policy: Policy) -> None:
    """Whatever name it is marked with."""
    own = [replace(call, entry=replace(call.entry, principal=OWN_ROLE)) for call in calls_on(OLD)]
    assert not_as("Explicitly", own, policy) == []

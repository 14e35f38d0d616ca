"""The commands that bring access entries of others back, as `restore` prints them."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from registrar.commands.entry_commands import entry_commands
from registrar.policy import Cluster
from registrar.sinks.entry_record import EntryThen

PROD = Cluster("production", "prod", "123456789012", "cn-north-1")
ARN = "arn:aws-cn:iam::123456789012:role/dev/admin"
ADMIN = EntryThen(
    ARN, False, "STANDARD", "ops:{{SessionName}}", ("ops", "on call"),
    ("AmazonEKSEditPolicy@b", "AmazonEKSEditPolicy@a", "AmazonEKSViewPolicy"), {"team": "a b", "aws:x": "y"},
)  # fmt: skip
WHERE = ["--cluster-name", "production", "--region", "cn-north-1", "--principal-arn", ARN]
POLICY = "arn:aws-cn:eks::aws:cluster-access-policy"


def words(then: EntryThen, now: EntryThen | None) -> list[list[str]]:
    """The commands for one entry, as a shell reads them, without what all have."""
    made = [shlex.split(line) for line in entry_commands([then], [now] if now else [], PROD).lines]
    assert [line[:2] + line[3:9] for line in made] == [["aws", "eks", *WHERE]] * len(made)
    return [[line[2], *line[9:]] for line in made]


def test_one_that_is_gone_is_made_again_with_all_that_it_had() -> None:
    """Its namespaces united; without tags of AWS's own."""
    assert words(ADMIN, None) == [
        [
            "create-access-entry", "--type", "STANDARD", "--username", "ops:{{SessionName}}",
            "--kubernetes-groups", '["ops", "on call"]', "--tags", '{"team": "a b"}',
        ],
        [
            "associate-access-policy", "--policy-arn", f"{POLICY}/AmazonEKSEditPolicy",
            "--access-scope", "type=namespace,namespaces=a,b",
        ],
        ["associate-access-policy", "--policy-arn", f"{POLICY}/AmazonEKSViewPolicy", "--access-scope", "type=cluster"],
    ]  # fmt: skip


def test_a_node_s_entry_has_neither_username_nor_groups_of_its_own() -> None:
    """EKS gives them by the type, and takes none (CreateAccessEntry)."""
    node = EntryThen(ARN, False, "EC2_LINUX", "system:node:{{EC2PrivateDNSName}}", ("system:nodes",), ())
    assert words(node, None) == [["create-access-entry", "--type", "EC2_LINUX"]]


def test_the_username_that_eks_made_is_left_to_it() -> None:
    """It takes none with {{SessionName}} behind a slash: where it was changed, the entry is made again."""
    by_eks = replace(ADMIN, username="arn:aws:sts::1:assumed-role/admin/{{SessionName}}", policies=())
    assert [line[:3] for line in words(by_eks, ADMIN)] == [
        ["delete-access-entry"],
        ["create-access-entry", "--type", "STANDARD"],
    ]
    assert "--username" not in words(by_eks, None)[0]
    assert words(by_eks, replace(by_eks, groups=("x",))) == [
        ["update-access-entry", "--kubernetes-groups", '["ops", "on call"]']
    ]


@pytest.mark.parametrize("changed", [{"username": "x"}, {"groups": ()}], ids=["username", "groups"])
def test_one_that_differs_is_updated(changed: dict[str, object]) -> None:
    """With both, as they were."""
    assert words(ADMIN, replace(ADMIN, **changed)) == [  # type: ignore[arg-type]
        ["update-access-entry", "--username", "ops:{{SessionName}}", "--kubernetes-groups", '["ops", "on call"]']
    ]


def test_access_policies_come_to_what_they_were() -> None:
    """One that came goes, one whose namespaces changed is associated again, one that is the same is left."""
    now = replace(ADMIN, policies=("AmazonEKSAdminPolicy@a", "AmazonEKSEditPolicy@a", "AmazonEKSViewPolicy"))
    assert [line[:3] for line in words(ADMIN, now)] == [
        ["disassociate-access-policy", "--policy-arn", f"{POLICY}/AmazonEKSAdminPolicy"],
        ["associate-access-policy", "--policy-arn", f"{POLICY}/AmazonEKSEditPolicy"],
    ]


def test_what_is_the_same_needs_no_command() -> None:
    """Tags, the time, and the order of groups give nobody anything."""
    same = replace(ADMIN, tags={}, created="2026-11-24T03:00:00Z", groups=("on call", "ops"), arn=ARN.upper())
    assert words(ADMIN, same) == []


def test_ours_are_no_business_of_a_restore() -> None:
    """Neither those of then, nor one that has become ours."""
    ours = EntryThen(ARN, True, "", "", ("eks-registrar:view",), ())
    assert entry_commands([ours], [], PROD).lines == ()
    became = entry_commands([ADMIN], [ours], PROD)
    assert became.lines == ()
    assert "is the registrar's now: it is left" in became.notes[0]


def test_what_came_since_stays_and_is_named() -> None:
    """Nobody loses anything by a command that is printed for another."""
    since = replace(ADMIN, arn="arn:aws-cn:iam::123456789012:role/since")
    made = entry_commands([ADMIN], [ADMIN, since], PROD)
    assert (made.lines, made.notes) == ((), (f"1 access entries of others have come since and stay: {since.arn}",))


def test_nothing_in_an_entry_is_read_by_the_shell_or_the_terminal() -> None:
    """Whoever made it chose its groups."""
    evil = "x'; rm -rf /; \x1b[2J"
    [create, *_] = words(replace(ADMIN, groups=(evil,), policies=()), None)
    assert create[6] == '["x\'; rm -rf /; \\u001b[2J"]'
    [line] = entry_commands([replace(ADMIN, username=evil, policies=(), tags={})], [], PROD).lines
    assert "\x1b" not in line

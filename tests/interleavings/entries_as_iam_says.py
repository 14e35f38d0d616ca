"""Access entries, and rows beside them, held against what IAM says: worked out without the registrar's own code."""

from __future__ import annotations

from dataclasses import replace

from lab.memory.entry import Entry, sorted_pairs
from lab.memory.requests import RoleRecord
from lab.memory.world import World
from tests.interleavings.as_iam_says import Roles, bindings_difference, granted, hindered, text_of
from tests.interleavings.registrar_actors import ACCOUNT, BOTH
from tests.interleavings.rows_of_text import foreign_arns, our_rows, theirs

MANAGED_BY, ROLE_ID = "app.kubernetes.io/managed-by", "eks-registrar/role-id"
POLICY_ARN = "arn:aws:eks::aws:cluster-access-policy/"


def is_ours(entry: Entry) -> bool:
    """Whether an entry carries both our tags."""
    tags = dict(entry.tags)
    return tags.get(MANAGED_BY) == "eks-registrar" and ROLE_ID in tags


def arn_of(role: RoleRecord) -> str:
    """The ARN of a role, with its path."""
    return f"arn:aws:iam::{ACCOUNT}:role{role.path}{role.name}"


def without_path(arn: str) -> str:
    """The ARN as a row has it."""
    return f"arn:aws:iam::{ACCOUNT}:role/{arn.rpartition('/')[2]}"


def rights_of(entry: Entry) -> set[str]:
    """What an entry gives, if it gives anything."""
    policies = {
        f"policy={arn.removeprefix(POLICY_ARN)}" + (f"@{namespace}" if namespace else "")
        for arn, namespaces in entry.policies
        for namespace in namespaces or ("",)
    }
    return {*entry.groups, *policies}


def lives(entry: Entry, world: World) -> bool:
    """Whether EKS honours an entry: its role is the one that it was made for."""
    role = dict(world.iam.roles).get(entry.arn.rpartition("/")[2].lower())
    return role is not None and role.role_id == entry.role_id and arn_of(role) == entry.arn


def given_by_us(world: World, mode: str) -> dict[str, set[str]]:
    """What our entries that are honoured and our rows give, by the ARN without its path."""
    given: dict[str, set[str]] = {}
    for entry in world.eks.standing:
        if is_ours(entry) and lives(entry, world):
            given.setdefault(without_path(entry.arn), set()).update(rights_of(entry))
    for arn, groups in our_rows(text_of(world)) if mode == BOTH else ():
        given.setdefault(arn, set()).update(groups)
    return given


def too_much(world: World, roles: Roles, mode: str) -> str | None:
    """Whether anybody has more than IAM says."""
    for arn, rights in given_by_us(world, mode).items():
        if more := rights - granted(roles, arn):
            return f"{arn} has {sorted(more)}, which IAM does not grant"
    return None


def too_little(world: World, roles: Roles, mode: str) -> str | None:
    """Whether anybody has less than IAM says, or a group without its binding, as far as the cluster has room for it."""
    wanted, given = _wanted(world, roles, mode), given_by_us(world, mode)
    for arn, rights in wanted.items():
        if less := rights - given.get(without_path(arn), set()):
            return f"{arn} lacks {sorted(less)}"
    return bindings_difference(world, _used(wanted), before_sweep=True)


def entries_difference(world: World, roles: Roles, mode: str) -> str | None:
    """Whether our entries and bindings are, to the letter, what IAM says."""
    by_arn = {arn_of(role): role for role in roles.values()}
    wanted = _wanted(world, roles, mode)
    expected = [_entry(by_arn[arn], rights) for arn, rights in sorted(wanted.items())]
    ours = [replace(entry, made=0, created=0, modified=0) for entry in world.eks.standing if is_ours(entry)]
    if ours != expected:
        return f"our entries are {ours} and should be {expected}"
    return bindings_difference(world, _used(wanted) | used_by_others(world))


def _wanted(world: World, roles: Roles, mode: str) -> dict[str, set[str]]:
    """What each role should have, by its whole ARN; nothing where something foreign speaks for it."""
    claimed = claimed_by_entries(world)
    claimed |= foreign_arns(text_of(world)) if mode == BOTH else set()
    found = {}
    for role in roles.values():
        arn = arn_of(role)
        rights = {right for right in granted(roles, arn) if not hindered(world, right)}
        if rights and without_path(arn) not in claimed:
            found[arn] = rights
    return found


def _used(wanted: dict[str, set[str]]) -> set[str]:
    return {right for rights in wanted.values() for right in rights if right.startswith("eks-registrar:")}


def claimed_by_entries(world: World) -> set[str]:
    """For whom entries of others speak, by the ARN without its path."""
    return {without_path(entry.arn) for entry in world.eks.standing if not is_ours(entry)}


def used_by_others(world: World) -> set[str]:
    """The groups of ours that entries of others have, too."""
    groups = {group for entry in world.eks.standing if not is_ours(entry) for group in entry.groups}
    return {group for group in groups if group.startswith("eks-registrar:")}


def _entry(role: RoleRecord, rights: set[str]) -> Entry:
    """The fixed form of an entry of ours (design, section 4), but for its times."""
    scopes: dict[str, list[str]] = {}
    for right in sorted(right for right in rights if right.startswith("policy=")):
        name, _, namespace = right.removeprefix("policy=").partition("@")
        scopes.setdefault(f"{POLICY_ARN}{name}", []).extend([namespace] if namespace else [])
    return Entry(
        arn=arn_of(role),
        role_id=role.role_id,
        made=0,
        kind="STANDARD",
        username=f"eks-registrar:{ACCOUNT}:role/{role.name}:{{{{SessionName}}}}",
        groups=tuple(sorted(right for right in rights if not right.startswith("policy="))),
        tags=sorted_pairs({MANAGED_BY: "eks-registrar", ROLE_ID: role.role_id}),
        created=0,
        modified=0,
        policies=sorted_pairs({arn: tuple(namespaces) for arn, namespaces in scopes.items()}),
    )


def what_is_foreign(world: World) -> object:
    """Everything that is not ours: entries of others, and of aws-auth every byte of theirs."""
    entries = tuple(entry for entry in world.eks.standing if not is_ours(entry))
    return entries, theirs(text_of(world))

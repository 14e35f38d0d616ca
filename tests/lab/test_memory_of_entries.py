"""The access entries in memory (``lab.memory``) are as those of the lab's EKS: one conversation with both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from stage import ACCOUNT, Stage, a_name

from lab.aws.eks.behaviour import Behaviour
from lab.local_eks import LocalEks
from lab.memory.api_server import ApiServer
from lab.memory.eks import Eks
from lab.memory.eks_client import EksClient
from lab.memory.iam import Account
from lab.memory.requests import Answer, PutRole, Request, RoleRecord
from lab.memory.world import World
from lab.sessions import session_of
from lab.settings import CLUSTER, REGISTRAR_ROLE

VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
OURS = {"app.kubernetes.io/managed-by": "eks-registrar", "eks-registrar/role-id": "AROA1"}
READS = ("kubernetesGroups", "username", "type", "tags")


@pytest.fixture(scope="module")
def api_eks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEks]:
    """A lab of mode API, in which events reach nobody."""
    with LocalEks.start(tmp_path_factory.mktemp("memory"), with_function=False, mode="API") as lab:
        yield lab


@dataclass
class Talk:
    """A conversation with one EKS. ``said`` is what must be the same in both.

    Attributes:
        ours: the client of the registrar's role.
        theirs: an administrator's.
        roles: makes a role, and deletes one.

    """

    ours: Any
    theirs: Any
    roles: Any
    said: list[tuple[str, Any]] = field(default_factory=list)

    def __call__(self, why: str, client: Any, operation: str, arn: str, **asked: Any) -> dict[str, Any]:
        """Call; keep the code that was answered."""
        named = {} if "resourceArn" in asked else {"clusterName": CLUSTER, "principalArn": arn}
        try:
            answer: dict[str, Any] = getattr(client, operation)(**named, **asked)
        except ClientError as error:
            self.said.append((why, error.response["Error"]["Code"]))
            return {}
        self.said.append((why, "done"))
        return answer

    def look(self, why: str, arn: str) -> dict[str, Any]:
        """Read an entry and its access policies; keep what the registrar looks at in them."""
        entry: dict[str, Any] = self(why, self.ours, "describe_access_entry", arn).get("accessEntry", {})
        listed = self(why, self.ours, "list_associated_access_policies", arn).get("associatedAccessPolicies", [])
        self.said.append((why, {key: entry.get(key) for key in READS}))
        self.said.append((why, [(one["policyArn"], one["accessScope"]) for one in listed]))
        return entry

    def note(self, what: str, value: object) -> None:
        """Something else that must be the same."""
        self.said.append((what, value))


@dataclass
class RolesInMemory:
    """Roles of the account in memory, and the clients over it. EKS's clock goes on with each call."""

    world: World

    def __post_init__(self) -> None:
        self.epoch = datetime(2026, 11, 20, tzinfo=UTC)
        self.made = 0

    def ask(self, asked: Request) -> Answer:
        """Let one request do what it does; a second goes by, in which nothing else happens."""
        self.world = replace(self.world, iam=replace(self.world.iam, changes=self.world.iam.changes + 1))
        self.world, answer = next(self.world.outcomes(asked))
        return answer

    def make(self, name: str) -> None:
        """Make a role."""
        self.made += 1
        self.ask(PutRole(name, RoleRecord(name, f"AROA{self.made}")))

    def delete(self, name: str) -> None:
        """Delete it."""
        self.ask(PutRole(name, None))


@dataclass(frozen=True)
class RolesOfTheLab:
    """Roles of the lab's IAM."""

    stage: Stage

    def make(self, name: str) -> None:
        """Make a role."""
        self.stage.role(name=name)

    def delete(self, name: str) -> None:
        """Delete it."""
        self.stage.iam.delete_role(RoleName=name)


def in_memory(behaviour: Behaviour) -> Talk:
    """A conversation with the one in memory."""
    eks = Eks(absence_before_rights=behaviour.absence_before_rights, quota=behaviour.quota)
    roles = RolesInMemory(World(ApiServer(), Account(), eks=eks))
    return Talk(EksClient(roles.ask, roles.epoch), EksClient(roles.ask, roles.epoch, ours=False), roles)


def in_the_lab(lab: LocalEks) -> Talk:
    """A conversation with the lab's."""
    ours = session_of(lab.aws.role_environment(REGISTRAR_ROLE)).client("eks", endpoint_url=lab.aws.endpoint_url)
    return Talk(ours, lab.aws.client("eks"), RolesOfTheLab(Stage(lab)))


def username(name: str) -> str:
    """The username of a role in our form."""
    return f"eks-registrar:{ACCOUNT}:role/{name}:{{{{SessionName}}}}"


def our_form(name: str, *groups: str) -> dict[str, Any]:
    """An entry as the registrar makes it."""
    return {"type": "STANDARD", "username": username(name), "kubernetesGroups": list(groups), "tags": OURS}


def makes_and_changes(talk: Talk, name: str, arn: str) -> None:
    """An entry of ours from its beginning to its end."""
    form = our_form(name, "eks-registrar:view")
    talk("no such principal", talk.ours, "create_access_entry", arn, **form)
    talk.roles.make(name)
    talk.look("before", arn)
    talk("made", talk.ours, "create_access_entry", arn, **form)
    talk("made again", talk.ours, "create_access_entry", arn, **form)
    first = talk.look("there", arn)
    talk.note("just made", first["createdAt"] == first["modifiedAt"])
    groups = ["eks-registrar:view", "oncall"]
    talk("changed", talk.ours, "update_access_entry", arn, username=username(name), kubernetesGroups=groups)
    second = talk.look("changed", arn)
    talk.note("made then, changed since", first["createdAt"] == second["createdAt"] < second["modifiedAt"])
    talk("marked", talk.ours, "tag_resource", arn, resourceArn=second["accessEntryArn"], tags=OURS)
    third = talk.look("marked", arn)
    talk.note("a tag changes it, too", second["modifiedAt"] < third["modifiedAt"])
    talk("gone", talk.ours, "delete_access_entry", arn)
    talk.look("gone", arn)
    talk("made anew", talk.ours, "create_access_entry", arn, **form)
    talk.note("another one", talk.look("anew", arn)["accessEntryArn"] != first["accessEntryArn"])


def has_policies(talk: Talk, _name: str, arn: str) -> None:
    """Access policies on that entry; the administrator's hand, for the lab's rules allow us none."""
    for namespaces in (["payments"], ["archive", "payments"]):
        scope = {"type": "namespace", "namespaces": namespaces}
        talk("associated", talk.theirs, "associate_access_policy", arn, policyArn=VIEW, accessScope=scope)
        talk.look("associated", arn)
    talk("wider", talk.theirs, "associate_access_policy", arn, policyArn=VIEW, accessScope={"type": "cluster"})
    before = talk.look("wider", arn)
    talk("parted", talk.theirs, "disassociate_access_policy", arn, policyArn=VIEW)
    talk("parted again", talk.theirs, "disassociate_access_policy", arn, policyArn=VIEW)
    after = talk.look("parted", arn)
    talk.note("none of that counts as a change of the entry", before["modifiedAt"] == after["modifiedAt"])


def is_listed_by_policy(talk: Talk, _name: str, arn: str) -> None:
    """Which policies there are, page by page, and who has one of them."""
    names, page = [], talk.ours.list_access_policies(maxResults=2)
    while True:
        names += page["accessPolicies"]
        if "nextToken" not in page:
            break
        page = talk.ours.list_access_policies(maxResults=2, nextToken=page["nextToken"])
    talk.note("the access policies", names)
    talk("associated", talk.theirs, "associate_access_policy", arn, policyArn=VIEW, accessScope={"type": "cluster"})
    for one in names:
        listed = talk.ours.list_access_entries(clusterName=CLUSTER, associatedPolicyArn=one["arn"])
        talk.note(f"who has {one['name']}", [found for found in listed["accessEntries"] if found == arn])
    talk("parted", talk.theirs, "disassociate_access_policy", arn, policyArn=VIEW)
    listed = talk.ours.list_access_entries(clusterName=CLUSTER, associatedPolicyArn=VIEW)
    talk.note("nobody any more", arn in listed["accessEntries"])
    try:
        talk.ours.list_access_entries(clusterName=CLUSTER, associatedPolicyArn="nonsense")
    except ClientError as error:
        talk.note("no such policy", error.response["Error"]["Code"])


def outlives_its_role(talk: Talk, name: str, arn: str) -> None:
    """The role goes and is made again: the entry stays, can be changed, and is the old one."""
    before = talk.look("with its role", arn)
    talk.roles.delete(name)
    talk.look("without its role", arn)
    talk.roles.make(name)
    talk("made again", talk.ours, "create_access_entry", arn, **our_form(name, "eks-registrar:view"))
    talk.note("the same", talk.look("beside the new role", arn)["createdAt"] == before["createdAt"])
    talk("it can go", talk.ours, "delete_access_entry", arn)


def is_denied(talk: Talk, name: str, arn: str) -> None:
    """What the registrar's role may not do: to the entry of somebody else, and to one that has gone."""
    group = {"username": username(name), "kubernetesGroups": ["eks-registrar:view"]}
    gone = "arn:aws:eks:eu-west-1:123456789012:access-entry/lab/role/123456789012/x/none"
    for whose, made in (("nobody's", False), ("theirs", True)):
        if made:
            talk("theirs", talk.theirs, "create_access_entry", arn, username="by-hand", kubernetesGroups=["some"])
        resource = talk.look(whose, arn).get("accessEntryArn", gone)
        talk(f"changing {whose}", talk.ours, "update_access_entry", arn, **group)
        talk(f"marking {whose}", talk.ours, "tag_resource", arn, resourceArn=resource, tags=OURS)
        talk(f"deleting {whose}", talk.ours, "delete_access_entry", arn)
        talk.look(f"still {whose}", arn)
    talk("their own", talk.theirs, "delete_access_entry", arn)
    talk("once more", talk.theirs, "delete_access_entry", arn)
    talk("a tag on nothing", talk.theirs, "tag_resource", arn, resourceArn=gone, tags={"a": "b"})
    talk("a policy on nothing", talk.theirs, "disassociate_access_policy", arn, policyArn=VIEW)


def comes_in_pages(talk: Talk, name: str, arn: str) -> None:
    """The list of ARNs, one to a page, of which one goes meanwhile; the lab has entries of its own beside."""
    arns = [f"{arn}-{number}" for number in range(3)]
    for number, one in enumerate(arns):
        talk.roles.make(f"{name}-{number}")
        talk("made", talk.ours, "create_access_entry", one, **our_form(f"{name}-{number}", "eks-registrar:view"))
    listed, page = [], talk.ours.list_access_entries(clusterName=CLUSTER, maxResults=1)
    while True:
        listed += page["accessEntries"]
        if listed[-1] == arns[0]:
            talk("gone", talk.ours, "delete_access_entry", arns[1])
        if "nextToken" not in page:
            break
        page = talk.ours.list_access_entries(clusterName=CLUSTER, maxResults=1, nextToken=page["nextToken"])
    talk.note("the one that went is not listed, no other is left out", [one for one in listed if one in arns])
    for one in (arns[0], arns[2]):
        talk("gone", talk.ours, "delete_access_entry", one)


def meets_the_quota(talk: Talk, name: str, arn: str) -> None:
    """One entry more than the cluster may have."""
    for number in range(2):
        talk.roles.make(f"{name}-q{number}")
        form = our_form(f"{name}-q{number}", "eks-registrar:view")
        talk(f"number {number}", talk.ours, "create_access_entry", f"{arn}-q{number}", **form)
    talk("gone", talk.ours, "delete_access_entry", f"{arn}-q0")


PARTS = (makes_and_changes, has_policies, is_listed_by_policy, outlives_its_role, is_denied, comes_in_pages)


@pytest.mark.parametrize("absence_before_rights", [False, True], ids=["denied first", "absence first"])
def test_access_entries_in_memory_are_as_those_of_the_lab(api_eks: LocalEks, absence_before_rights: bool) -> None:
    """Codes, forms, times, rights, pages: whatever the registrar looks at."""
    api_eks.reset()
    name, told = a_name("talk"), []
    arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    behaviour = Behaviour(absence_before_rights=absence_before_rights)
    try:
        for talk in (in_memory(behaviour), in_the_lab(api_eks)):
            api_eks.aws.behave(behaviour)
            for part in PARTS:
                part(talk, name, arn)
            told.append(talk.said)
    finally:
        api_eks.aws.behave(Behaviour())
    assert told[0] == told[1]


def test_no_entry_is_made_beyond_the_quota_in_memory_either(api_eks: LocalEks) -> None:
    """The lab has entries on its first day, the one in memory has none: there is room for one more in both."""
    api_eks.reset()
    name, told = a_name("talk"), []
    arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    standing = len(api_eks.aws.client("eks").list_access_entries(clusterName=CLUSTER)["accessEntries"])
    api_eks.aws.behave(Behaviour(quota=standing + 1))
    try:
        for talk in (in_memory(Behaviour(quota=1)), in_the_lab(api_eks)):
            meets_the_quota(talk, name, arn)
            told.append(talk.said)
    finally:
        api_eks.aws.behave(Behaviour())
    assert told[0] == told[1]
    assert ("number 1", "ResourceLimitExceededException") in told[0]

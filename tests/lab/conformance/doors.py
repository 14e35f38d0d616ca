"""How access is written in a cluster, seen and meddled with by an administrator: what differs between backends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from stage import ACCOUNT, Stage

from lab.aws.side import Behaviour
from lab.settings import CLUSTER
from registrar.marks import MANAGED_BY, SESSION

AWS_AUTH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"
PATCH = "application/merge-patch+json"


@dataclass(frozen=True)
class Standing:
    """What stands for a role of ours. ``rights`` are groups, and access policies as a tag spells them; sorted."""

    username: str
    rights: tuple[str, ...]


class Doors(Protocol):
    """The access of a lab's cluster."""

    def __init__(self, stage: Stage) -> None:
        """Of this lab."""

    def of(self, role: str) -> Standing | None:
        """What of ours stands for a role, by its name."""

    def ours(self) -> list[str]:
        """The roles for which something of ours stands, by name; sorted."""

    def foreign(self) -> Any:
        """Everything that is not ours, to be compared byte for byte."""

    def make_foreign(self, role: str) -> None:
        """Somebody gives a role a way in by hand; what of ours stood in its place and cannot stay beside it goes."""

    def meddle(self, role: str, *, username: str | None = None, group: str | None = None) -> None:
        """Somebody changes the username of ours, or puts a group into it."""

    def remove(self, role: str) -> None:
        """Somebody takes ours away."""

    def full(self) -> Any:
        """A context in which nothing more finds room."""


@dataclass(frozen=True)
class Rows:
    """Rows of aws-auth."""

    stage: Stage

    def of(self, role: str) -> Standing | None:
        """The row of its username."""
        line = self.stage.row(role)
        return None if line is None else _standing(line)

    def ours(self) -> list[str]:
        """By the ARNs of our lines."""
        return sorted(_read(line)["rolearn"].rpartition("/")[2] for line in self.stage.rows())

    def foreign(self) -> Any:
        """All data but our lines."""
        return self.stage.foreign()

    def make_foreign(self, role: str) -> None:
        """A row at the end, where it wins over ours."""
        theirs = f"- rolearn: arn:aws:iam::{ACCOUNT}:role/{role}\n  username: by-hand\n  groups: [some] # theirs\n"
        self._write(self.stage.data()["mapRoles"] + theirs)

    def meddle(self, role: str, *, username: str | None = None, group: str | None = None) -> None:
        """The line written anew, as JSON."""
        row = _read(self._line(role))
        row["username"] = username or row["username"]
        row["groups"] += [group] if group else []
        self._write(self.stage.data()["mapRoles"].replace(self._line(role), f"- {json.dumps(row)}"))

    def remove(self, role: str) -> None:
        """The line is gone."""
        self._write(self.stage.data()["mapRoles"].replace(f"{self._line(role)}\n", ""))

    @contextmanager
    def full(self) -> Iterator[None]:
        """As many bytes as the registrar lets an aws-auth have."""
        before = self.stage.data()["mapRoles"]
        self._write(f"{before}# {'x' * (700_000 - len(before))}\n")
        yield

    def _line(self, role: str) -> str:
        line = self.stage.row(role)
        assert line is not None
        return line

    def _write(self, text: str) -> None:
        # Not by kubectl: no argument of a process may be so long.
        answer = self.stage.lab.api.request("PATCH", AWS_AUTH, {"data": {"mapRoles": text}}, PATCH)
        assert answer.status == 200, answer.message


@dataclass(frozen=True)
class Entries:
    """Access entries."""

    stage: Stage

    def of(self, role: str) -> Standing | None:
        """The entry of its ARN, whatever its path."""
        arn = self._arn(role)
        if arn is None or not _is_ours(self._described(arn)):
            return None
        entry = self._described(arn)
        return Standing(entry["username"], tuple(sorted([*entry["kubernetesGroups"], *self._policies(arn)])))

    def ours(self) -> list[str]:
        """By the ARNs of the entries that carry our mark."""
        return sorted(arn.rpartition("/")[2] for arn in self._arns() if _is_ours(self._described(arn)))

    def foreign(self) -> Any:
        """Entries without our mark, whole, their times included."""
        described = {arn: self._described(arn) for arn in self._arns()}
        return {arn: (entry, self._policies(arn)) for arn, entry in described.items() if not _is_ours(entry)}

    def make_foreign(self, role: str) -> None:
        """An entry without our mark; one of ours must go for it."""
        if self._arn(role) is not None:
            self.remove(role)
        arn = self.stage.iam.get_role(RoleName=role)["Role"]["Arn"]
        self._eks.create_access_entry(
            clusterName=CLUSTER,
            principalArn=arn,
            username="by-hand",
            kubernetesGroups=["some"],
            tags={"team": "theirs"},
        )

    def meddle(self, role: str, *, username: str | None = None, group: str | None = None) -> None:
        """UpdateAccessEntry."""
        arn = self._arn(role) or ""
        entry = self._described(arn)
        groups = [*entry["kubernetesGroups"], *([group] if group else [])]
        username = username or entry["username"]
        self._eks.update_access_entry(clusterName=CLUSTER, principalArn=arn, username=username, kubernetesGroups=groups)

    def remove(self, role: str) -> None:
        """DeleteAccessEntry."""
        self._eks.delete_access_entry(clusterName=CLUSTER, principalArn=self._arn(role) or "")

    @contextmanager
    def full(self) -> Iterator[None]:
        """As many entries as EKS lets a cluster have."""
        self.stage.lab.aws.behave(Behaviour(quota=len(self._arns())))
        try:
            yield
        finally:
            self.stage.lab.aws.behave(Behaviour())

    def role_id(self, role: str) -> str:
        """The RoleId that an entry of ours names."""
        return str(self._described(self._arn(role) or "")["tags"]["eks-registrar/role-id"])

    @property
    def _eks(self) -> Any:
        return self.stage.lab.aws.client("eks")

    def _arns(self) -> list[str]:
        pages = self._eks.get_paginator("list_access_entries").paginate(clusterName=CLUSTER)
        return [arn for page in pages for arn in page["accessEntries"]]

    def _arn(self, role: str) -> str | None:
        return next((arn for arn in self._arns() if arn.rpartition("/")[2] == role), None)

    def _described(self, arn: str) -> dict[str, Any]:
        return dict(self._eks.describe_access_entry(clusterName=CLUSTER, principalArn=arn)["accessEntry"])

    def _policies(self, arn: str) -> list[str]:
        named = {"clusterName": CLUSTER, "principalArn": arn}
        found = self._eks.list_associated_access_policies(**named)["associatedAccessPolicies"]
        return [text for one in found for text in _as_tags_say(one)]


@dataclass(frozen=True)
class EntriesBesideRows(Entries):
    """Access entries, and aws-auth which is read after them."""

    def foreign(self) -> Any:
        """Both."""
        return super().foreign(), Rows(self.stage).foreign()


@dataclass(frozen=True)
class RowsBesideEntries(Rows):
    """Rows of aws-auth, where access entries are read before them: one that is not ours is a conflict, too."""

    def ours(self) -> list[str]:
        """In either place."""
        return sorted([*super().ours(), *Entries(self.stage).ours()])

    def foreign(self) -> Any:
        """Both."""
        return super().foreign(), Entries(self.stage).foreign()

    def make_foreign(self, role: str) -> None:
        """An entry: it wins over ours without a byte of aws-auth being touched."""
        Entries(self.stage).make_foreign(role)

    def leave(self, role: str, *groups: str) -> None:
        """An entry of ours as it was made when entries were written here, with these groups."""
        found = self.stage.iam.get_role(RoleName=role)["Role"]
        self.stage.lab.aws.client("eks").create_access_entry(
            clusterName=CLUSTER,
            principalArn=found["Arn"],
            username=f"eks-registrar:{ACCOUNT}:role/{role}:{SESSION}",
            kubernetesGroups=list(groups),
            tags={MANAGED_BY: "eks-registrar", "eks-registrar/role-id": found["RoleId"]},
        )


def _as_tags_say(associated: dict[str, Any]) -> Iterator[str]:
    name, scope = associated["policyArn"].rpartition("/")[2], associated["accessScope"]
    if scope["type"] == "cluster":
        yield f"policy={name}"
    yield from (f"policy={name}@{namespace}" for namespace in scope["namespaces"])


def _is_ours(entry: dict[str, Any]) -> bool:
    names = ("eks-registrar", "access-bot")
    return entry["tags"].get(MANAGED_BY) in names


def _read(line: str) -> dict[str, Any]:
    return dict(json.loads(line.removeprefix("- ")))


def _standing(line: str) -> Standing:
    row = _read(line)
    return Standing(row["username"], tuple(sorted(row["groups"])))

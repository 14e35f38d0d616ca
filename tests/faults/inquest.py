"""What is asserted after every fault, the same for all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import boto3
from scene import Seen, create_role

from lab.kubernetes_api import KubernetesApi
from lab.local_eks import LocalEks
from lab.parsemap import ParseMap
from lab.settings import CLUSTER, REGION
from registrar.eks.token import mint

FOREIGN_ROLE = "platform-admin"


@dataclass(frozen=True)
class Inquest:
    """The judges: the authenticator's own parser, and a foreign role that asks the API server who it is."""

    parse_map: ParseMap
    foreign: ForeignRole

    def foreign_is_untouched(self, before: Seen, after: Seen) -> None:
        """Not a byte of what is not ours has changed, and the authenticator maps all of it as before."""
        assert after.foreign == before.foreign
        assert after.foreign_bindings == before.foreign_bindings
        assert self.mapped(after) == self.mapped(before)
        assert self.foreign.is_known(), f"the authenticator no longer knows {FOREIGN_ROLE}"

    def mapped(self, seen: Seen) -> tuple[Any, ...]:
        """The foreign rows, users and accounts that the authenticator reads."""
        verdict = self.parse_map(seen.data)
        assert verdict.error == ""
        foreign = [row for row in verdict.roles if not str(row.get("username")).startswith("eks-registrar:")]
        return foreign, verdict.users, verdict.accounts


def lost(before: Seen, after: Seen, *, wiped: bool = False) -> list[str]:
    """The rows that are gone and that nobody asked to take away: foreign ones, and the resident's unless ``wiped``."""
    theirs = [line for line in before.foreign["mapRoles"].splitlines() if line not in after.foreign["mapRoles"]]
    ours = [row for row in before.rows if ":role/resident:" in row and row not in after.rows]
    return theirs if wiped else theirs + ours


@dataclass(frozen=True)
class ForeignRole:
    """A role with a row that is not ours, which asks the API server who it is, through the whole real chain."""

    api: KubernetesApi
    token: str

    @classmethod
    def of(cls, lab: LocalEks) -> ForeignRole:
        """Make the role, and a token of a session of it: it is good for 15 minutes."""
        create_role(lab, FOREIGN_ROLE)
        given = lab.aws.role_environment(FOREIGN_ROLE)
        session = boto3.Session(
            given["AWS_ACCESS_KEY_ID"], given["AWS_SECRET_ACCESS_KEY"], given["AWS_SESSION_TOKEN"], region_name=REGION
        )
        return cls(KubernetesApi(lab.endpoint, lab.ca_pem), mint(session, CLUSTER, REGION))

    def is_known(self) -> bool:
        """Whether the authenticator maps it."""
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
        answer = self.api.request("POST", path, review, headers={"Authorization": f"Bearer {self.token}"})
        return answer.status == 201 and "system:masters" in answer.body["status"]["userInfo"]["groups"]

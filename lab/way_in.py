"""The registrar's own way in: its row or access entry must count in the cluster, not only be written."""

import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from lab.kubernetes_api import KubernetesApi
from lab.process import LabProcessError
from lab.sessions import session_of, who_is
from lab.settings import CLUSTER, REGISTRAR_ROLE
from registrar.marks import controller_group
from registrar.policy import Policy

if TYPE_CHECKING:
    from lab.aws.side import AwsSide

_KNOWN_S = 30.0
_POLL_S = 0.05


def wait(stranger: KubernetesApi, aws: "AwsSide", policy: Policy, dynamic_file: Path | None) -> None:
    """Wait until the API server takes a session of the registrar's role for a member of the registrar's group.

    With ``kubernetes: none`` the registrar has no way in, and none is waited for.

    Args:
        stranger: the API server, to requests that bring nothing but a token.
        aws: the lab's AWS.
        policy: whose registrar is meant.
        dynamic_file: where the authenticator reads access entries from, if the mode knows them.

    Raises:
        LabProcessError: if it is still not known after 30 seconds.

    """
    if policy.cluster(CLUSTER).kubernetes == "none":
        return
    group = controller_group(policy.installation)
    deadline = time.monotonic() + _KNOWN_S
    # First the file: until it has the entry, the authenticator may know the one that was there before, and lose it.
    while not (_is_written(dynamic_file) and group in _groups(stranger, aws)):
        if time.monotonic() > deadline:
            raise LabProcessError(
                f"cluster {CLUSTER} does not know the role {REGISTRAR_ROLE} after {_KNOWN_S:.0f} s: neither its row in"
                " aws-auth nor its access entry counts; the log of aws-iam-authenticator is in the lab's folder"
            )
        time.sleep(_POLL_S)


def _is_written(dynamic_file: Path | None) -> bool:
    return dynamic_file is None or f":role/{REGISTRAR_ROLE}" in dynamic_file.read_text()


def _groups(stranger: KubernetesApi, aws: "AwsSide") -> list[str]:
    """Of a new session each time: the API server remembers for a while whom a token was taken for."""
    session = session_of(aws.role_environment(REGISTRAR_ROLE, f"way-in-{uuid.uuid4().hex[:8]}"))
    return list((who_is(stranger, session) or {"groups": []})["groups"])

"""Plays: the installation gets a new name, and no role that sends requests meanwhile is refused once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from asking import Asking
from ground import READS, SWEEP, TWO_MINUTES, Ground
from stage import eventually, tagging

from lab import registrar_rights
from lab.aws import registrar_role
from lab.settings import CLUSTER
from registrar.marks import MANAGED_BY, SESSION, controller_group
from registrar.policy import Policy

NEW = "access-bot"


def nobody_is_refused_while_the_name_changes(ground: Ground) -> None:
    """Rows, entries and bindings of the former name are taken over; none of that name is left."""
    roles = [ground.role(f"{ground.backend.view()} group=oncall") for _ in range(2)]
    ground.done(*map(tagging, roles))
    assert ground.may(roles[0], *READS, "-A")
    policy = replace(ground.policy, installation=NEW, formerly=("eks-registrar",))
    with _rights_of(ground, policy), Asking(ground.reads(roles[0])) as asking:
        ground.swept(policy=policy)
        assert asking.asks_on(4)
        assert asking.refusals == []
        for role in roles:
            standing = ground.doors.of(role)
            assert standing is not None
            assert standing.username.startswith(f"{NEW}:")
            assert "eks-registrar:" not in str(standing)
        later = ground.later(TWO_MINUTES, policy)
        assert later.settle([SWEEP]).outcomes[0].complete
        assert ground.bindings() == []
        with ground.no_write():
            assert later.settle([SWEEP]).outcomes[0].complete


@contextmanager
def _rights_of(ground: Ground, policy: Policy) -> Iterator[None]:
    """What an administrator does: deploy and apply the manifests of the new name, and let the registrar in as that."""
    registrar_role.give(ground.lab.aws.account, registrar_rights.in_aws(policy))
    registrar_rights.install(policy, ground.lab.api, ground.lab.kubectl)
    for let_in in _ways_in(ground):
        let_in()
    _wait_for_way_in(ground, policy)
    try:
        yield
    finally:
        registrar_role.give(ground.lab.aws.account, registrar_rights.in_aws(ground.policy))
        # The manifests stay: they bind nobody but the group of that name.
        ground.lab.kubectl("delete", "rolebindings,clusterrolebindings", "-A", "-l", f"{MANAGED_BY}={NEW}")
        ground.lab.reset()
        _wait_for_way_in(ground, ground.policy)


def _wait_for_way_in(ground: Ground, policy: Policy) -> None:
    """Until the registrar is known by the name of its installation: the authenticator reads that a moment later."""
    if not ground.backend.binds:
        return
    registrar = ground.user("eks-registrar")

    def known() -> bool:
        registrar.renew()
        return controller_group(policy.installation) in registrar.kubectl("auth", "whoami").stdout

    assert eventually(known)


def _ways_in(ground: Ground) -> Iterator[Callable[[], object]]:
    if ground.backend.mode != "API":
        text = ground.data()["mapRoles"]
        yield lambda: ground.patch_map_roles(text.replace("eks-registrar-controller", f"{NEW}-controller"))
    if ground.backend.mode != "CONFIG_MAP" and ground.backend.binds:
        yield lambda: ground.lab.aws.client("eks").update_access_entry(
            clusterName=CLUSTER, principalArn="arn:aws:iam::123456789012:role/eks-registrar",
            username=f"{NEW}-controller:{SESSION}", kubernetesGroups=[f"{NEW}-controller"],
        )  # fmt: skip

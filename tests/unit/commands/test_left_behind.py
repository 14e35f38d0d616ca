"""What a purge leaves for a person to remove, by where the cluster's access was written."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace

import pytest

from registrar.commands.departed import departed, place_words
from registrar.commands.left_behind import left_behind
from registrar.errors import ConfigurationError
from registrar.policy import Cluster, Policy
from tests.unit.samples import policy_of

RULES = '\n- {name: r, roles: ["/**"], clusters: [prod], allow: [view]}\n'


def left(entries: bool, **how: str) -> str:
    """The closing words about cluster prod."""
    policy = policy_of(RULES)
    cluster = replace(policy.clusters[0], **how)  # type: ignore[arg-type]
    known = replace(policy, clusters=(cluster, *policy.clusters[1:]))
    closings = left_behind(cluster, known, "eks-registrar manifests --cluster prod", entries=entries)
    return "\n".join(line for one in closings for line in (one.text, *one.commands))


def test_on_aws_auth_it_is_the_row() -> None:
    """And the manifests."""
    said = left(entries=False)
    assert "the row with the group eks-registrar-controller\nkubectl edit configmap aws-auth" in said
    assert "eks-registrar manifests --cluster prod | kubectl delete -f -" in said
    assert "delete-access-entry" not in said


def test_on_entries_it_is_the_access_entry_that_somebody_made() -> None:
    """Or the row, where the cluster reads both."""
    said = left(entries=True)
    assert "aws eks delete-access-entry --cluster-name prod --region eu-west-1 --principal-arn" in said
    assert "kubectl edit configmap aws-auth" in said


def test_the_entry_of_the_stack_goes_with_the_stack() -> None:
    """Deleted by hand, the stack would still think that it has it."""
    said = left(entries=True, registrar_access="accessEntry")
    assert "its access entry goes with the stack" in said
    assert "delete-access-entry" not in said


def test_where_no_kubernetes_call_was_made_nothing_is_left_in_the_cluster() -> None:
    """Neither manifests nor a way in."""
    assert left(entries=True, kubernetes="none") == "prod: at last take it out of registrar.yaml and deploy"


def place(**options: str | None) -> Namespace:
    """The options of a purge that names a cluster by its place."""
    given = {"cluster": "old", "region": "eu-west-1", "account": "123456789012", "kubernetes": None, "remote": False}
    return Namespace(**given | options)


def departed_cluster(**options: str | None) -> Cluster:
    """The cluster that it comes to."""
    found = departed(place(**options), policy_of(RULES))
    assert found is not None
    return found


def test_a_cluster_that_left_is_opened_by_the_mode_that_it_has_now() -> None:
    """It may have moved to access entries since; that it is not to be called must be said."""
    assert (departed_cluster().backend, departed_cluster().kubernetes) == ("auto", "managed")
    untouched = departed_cluster(kubernetes="none")
    assert untouched.kubernetes == "none"
    assert place_words(untouched)[-2:] == ("--kubernetes", "none")
    assert "--kubernetes" not in place_words(departed_cluster())


def test_kubernetes_is_no_option_for_a_cluster_of_the_file() -> None:
    """There the file says it."""
    policy: Policy = policy_of(RULES)
    with pytest.raises(ConfigurationError, match="left"):
        departed(place(region=None, account=None, kubernetes="none"), policy)

"""The requests ``plan`` and ``purge`` answered: by the function for ``--remote``, by the command line for itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from registrar import report
from registrar.errors import PoisonRecord
from registrar.events import shown
from registrar.policy import Cluster
from registrar.requests import account_of, accounts_of, hash_of
from registrar.result import ClusterResult
from registrar.service import Registrar


def answer_plan(request: Mapping[str, Any], registrar: Registrar) -> dict[str, Any]:
    """What a sweep would do, as ``{"clusters": [...]}``: of the ``account`` and the ``clusters`` named, else of all.

    Raises ``PoisonRecord`` for an account or a cluster that the registrar does not know.
    """
    policy = registrar.policy
    accounts = [account_of(request, policy)] if request.get("account") is not None else accounts_of(policy)
    chosen = _chosen(request, registrar)
    results = [result for account in accounts for result in chosen.observing().sweep(account)]
    return {"clusters": [report.as_dict(_in_its_own_mode(result, chosen)) for result in results]}


def answer_purge(
    request: Mapping[str, Any], registrar: Registrar, done: Callable[[ClusterResult], None] | None = None
) -> dict[str, Any]:
    """What leaving a cluster would do, or with the right ``planHash`` did; then ``done`` is told of it.

    Raises ``PoisonRecord``.
    """
    result = registrar.purge(_cluster(request.get("cluster"), registrar), hash_of(request))
    if result.written and done is not None:
        done(result)
    return {"clusters": [report.as_dict(result)]}


def _chosen(request: Mapping[str, Any], registrar: Registrar) -> Registrar:
    tags = request.get("clusters")
    if tags is None:
        return registrar
    if not isinstance(tags, list):
        raise PoisonRecord(f"clusters is {shown(tags)}, expected a list of tags")
    return registrar.only([_cluster(tag, registrar).tag for tag in tags])


def _in_its_own_mode(result: ClusterResult, registrar: Registrar) -> ClusterResult:
    """A plan is made in mode observe; whether a sweep would carry it out is told by the cluster's own."""
    mode = _cluster(result.cluster.tag, registrar).mode
    return replace(result, cluster=replace(result.cluster, mode=mode))


def _cluster(tag: object, registrar: Registrar) -> Cluster:
    for cluster in registrar.clusters:
        if cluster.tag == tag:
            return cluster
    known = ", ".join(cluster.tag for cluster in registrar.clusters)
    raise PoisonRecord(f"there is no cluster {shown(tag)} here; there are: {known}")

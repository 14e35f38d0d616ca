"""Plays: a cluster whose endpoint the function cannot reach, and those that it must reach."""

from __future__ import annotations

from urllib.parse import urlsplit

from ground import READS, Ground
from stage import tagging

from lab.aws.wire import answers
from lab.settings import CLUSTER


def no_kubernetes_call_is_made(ground: Ground) -> None:
    """EKS tells an endpoint where nothing listens, and still everything is done; the user's kubectl knows another."""
    told = ground.lab.aws.client("eks").describe_cluster(name=CLUSTER)["cluster"]["endpoint"]
    assert not answers(urlsplit(told).port or 443)
    before = ground.asked()
    role = ground.registered(f"{ground.backend.view()} group=oncall")
    ground.swept()
    assert ground.may(role, *READS, "-A")
    assert ground.untagged(role).error is None
    assert ground.shut_out(role)
    assert all(one.partition(":")[0] in ("iam", "eks", "sts") for one in ground.asked_since(before))


def kubernetes_is_asked(ground: Ground) -> None:
    """Bindings, at least, are looked after there."""
    before = ground.asked()
    ground.done(tagging(ground.role("view")))
    assert "create clusterrolebindings" in ground.asked_since(before)

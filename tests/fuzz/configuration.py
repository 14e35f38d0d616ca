"""Target: ``registrar.yaml``, which a person writes and a pull request may change."""

from __future__ import annotations

from pathlib import Path
from random import Random

from registrar.configuration import parse
from registrar.desired import desired
from registrar.errors import ConfigurationError
from registrar.grants import Grant, GrantKind
from registrar.manifests import manifests
from registrar.model import PrincipalKind, PrincipalRef, Role
from registrar.policy import Cluster, Policy, Rule
from tests.fuzz.damage import damaged
from tests.fuzz.target import Target
from tests.properties.judge import Judge
from tests.unit.samples import NOW

_ROOT = Path(__file__).parents[2]
_GOLDEN = _ROOT / "tests" / "golden" / "configuration"
_GOOD = (*sorted(_ROOT.glob("examples/*/registrar.yaml")), _GOLDEN / "example.yaml", _ROOT / "lab" / "registrar.yaml")
_GOOD_SAMPLES = tuple(path.read_text(encoding="utf-8") for path in _GOOD)
_ALL_SAMPLES = (*_GOOD_SAMPLES, *(path.read_text(encoding="utf-8") for path in sorted(_GOLDEN.glob("refused/*.yaml"))))

_GUARDED = ("kube-system", "kube-public", "kube-node-lease")
_GREEDY = (
    "view edit admin cluster-admin edit@kube-system admin@kube-public edit@payments system:masters eks:admin "
    "group=system:masters group=eks:x group=eks-registrar-controller group=oncall system:masters@payments"
)


def _make(random: Random) -> str:
    """Mostly a good file with little done to it, so that many are still accepted."""
    return damaged(random, _GOOD_SAMPLES, most=2) if random.random() < 0.7 else damaged(random, _ALL_SAMPLES)


def law(text: str, judge: Judge) -> str:
    """Either a ``ConfigurationError`` that names the file, or a policy in which nothing forbidden is allowed."""
    try:
        policy = parse(text, "registrar.yaml")
    except ConfigurationError as error:
        return _refused(str(error))
    for rule in policy.rules:
        for grant in (*rule.allow, *rule.give):
            _may_stand(grant, rule, policy)
    for cluster in policy.clusters:
        _grants_nothing_forbidden(policy, cluster)
        manifests(policy, cluster)
    return "accepted"


def _refused(message: str) -> str:
    assert message.startswith("registrar.yaml:"), message
    assert message.encode()
    return "refused"


def _may_stand(grant: Grant, rule: Rule, policy: Policy) -> None:
    """The list of what is never allowed, written down once more."""
    names = (policy.installation, *policy.formerly)
    assert grant.kind is not GrantKind.POLICY
    assert not grant.name.startswith(("system:", "eks:"))
    assert "*" not in grant.name
    if grant.kind is GrantKind.GROUP:
        assert not grant.name.startswith(names)
        return
    strong = grant.name == "cluster-admin" or (grant.name != "view" and grant.namespace in (None, *names, *_GUARDED))
    assert rule.privileged or not strong


def _grants_nothing_forbidden(policy: Policy, cluster: Cluster) -> None:
    """A role that asks for the worst gets it only where a privileged rule spells it out."""
    for path in ("/", "/dev/", "/team/a/"):
        ref = PrincipalRef(cluster.account, PrincipalKind.ROLE, "greedy")
        tags = ((policy.tag_prefix, _GREEDY),)
        role = Role(ref, f"arn:aws:iam::{cluster.account}:role{path}greedy", "AROAEXAMPLE", path, NOW, tags)
        spelled = {g.text for rule in policy.rules if rule.privileged for g in (*rule.allow, *rule.give)}
        for group in desired([role], policy, cluster)[0].groups:
            assert not group.startswith(("system:", "eks:", f"{policy.installation}-"))
            word = group.removeprefix(f"{policy.installation}:")
            name, _, place = word.partition("@")
            strong = name == "cluster-admin" or (name in ("edit", "admin") and place in ("", *_GUARDED))
            assert word in spelled or not strong


TARGET = Target("configuration", _make, law)

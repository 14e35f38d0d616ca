"""Rules cut into questions, answers compared, and the forecast for bindings that do not stand yet."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from registrar.adoption.compare import compared, compared_by_name
from registrar.adoption.model import Comparison, Verdict
from registrar.adoption.probes import BASE, Probe, probes_for, would_allow
from registrar.adoption.rbac import PolicyRule, Rbac, SeenBinding, rbac_of
from registrar.grants import Grant, GrantKind
from tests.unit.adoption.sayings import cluster_of, to

GET_PODS = Probe("get", "", "pods", namespace="payments")
VIEW_HERE = Grant(GrantKind.POLICY, "AmazonEKSViewPolicy", "payments")
VIEW = Grant(GrantKind.POLICY, "AmazonEKSViewPolicy")


def test_a_rule_is_asked_verb_by_verb_and_resource_by_resource() -> None:
    """In the namespace of its binding, with its subresources and names."""
    found = probes_for([to("view", "devs", ns="payments")], cluster_of())
    assert set(found) - set(BASE) == {
        Probe(verb, "", "pods", part, namespace="payments") for verb in ("get", "list") for part in ("", "log")
    }


def test_a_wildcard_is_asked_as_itself() -> None:
    """RBAC says yes to it only for a rule that has it; paths are of the whole cluster alone."""
    rbac = Rbac({"all": (PolicyRule(("*",), ("*",), ("*",)), PolicyRule(("get",), paths=("/logs/*",)))})
    assert Probe("*", "*", "*", namespace="payments") in probes_for([to("all", "x", ns="payments")], rbac)
    assert Probe("get", path="/logs/*") in probes_for([to("all", "x")], rbac)
    assert Probe("get", path="/logs/*") not in probes_for([to("all", "x", ns="payments")], rbac)


@pytest.mark.parametrize(
    ("rule", "probe", "allowed"),
    [
        (PolicyRule(("get",), ("",), ("pods",)), GET_PODS, True),
        (PolicyRule(("*",), ("*",), ("*",)), Probe("*", "*", "*", namespace="payments"), True),
        (PolicyRule(("get",), ("",), ("*",)), Probe("*", "", "pods", namespace="payments"), False),
        (PolicyRule(("get",), ("apps",), ("pods",)), GET_PODS, False),
        (PolicyRule(("get",), ("",), ("pods",), ("one",)), GET_PODS, False),
        (PolicyRule(("get",), ("",), ("pods",), ("one",)), Probe("get", "", "pods", "", "one", "payments"), True),
        (PolicyRule(("get",), ("",), ("*/log",)), Probe("get", "", "pods", "log", namespace="payments"), True),
        (PolicyRule(("get",), ("",), ("pods",)), Probe("get", "", "pods", "log", namespace="payments"), False),
        (PolicyRule(("get",), ("",), ("pods",)), Probe("get", "", "pods"), False),
        (PolicyRule(("get",), paths=("/logs/*",)), Probe("get", path="/logs/x"), False),
    ],
)
def test_a_forecast_is_what_rbac_would_say(rule: PolicyRule, probe: Probe, allowed: bool) -> None:
    """Of a RoleBinding in ``payments``: a rule there gives nothing in all namespaces, and no path."""
    binding = to("some", "devs", ns="payments")
    assert would_allow([binding], Rbac({"some": (rule,)}), probe) is allowed


@pytest.mark.parametrize(
    ("path", "asked", "allowed"), [("/logs/*", "/logs/x", True), ("*", "/x", True), ("/a", "/b", False)]
)
def test_a_forecast_of_paths(path: str, asked: str, allowed: bool) -> None:
    """A star at the end stands for the rest."""
    rbac = Rbac({"some": (PolicyRule(("get",), paths=(path,)),)})
    assert would_allow([to("some", "x")], rbac, Probe("get", path=asked)) is allowed


def both(before: bool, after: bool, policies: tuple[Iterable[Grant], Iterable[Grant]] = ((), ())) -> Comparison:
    """The comparison of one answer before and after."""
    given = (tuple(policies[0]), tuple(policies[1]))
    return compared({GET_PODS: before}, {GET_PODS: after}, given, (), forecast=False)


def test_each_verdict() -> None:
    """By the answers to the same question."""
    assert both(True, True).verdict is both(False, False).verdict is Verdict.EQUAL
    assert (both(False, True).verdict, both(False, True).gains) == (Verdict.WIDER, ("get pods in payments",))
    assert (both(True, False).verdict, both(True, False).losses) == (Verdict.NARROWER, ("get pods in payments",))
    assert both(True, False, ((), (VIEW,))).verdict is Verdict.WIDER_AND_NARROWER


def test_access_policies_count_as_well() -> None:
    """The whole cluster has every namespace in it, and is another thing."""
    assert both(True, True, ((VIEW_HERE,), (VIEW_HERE,))).verdict is Verdict.EQUAL
    assert both(True, True, ((VIEW, VIEW_HERE), (VIEW,))).verdict is Verdict.EQUAL
    assert both(True, True, ((), (VIEW,))).verdict is Verdict.WIDER
    assert both(True, True, ((VIEW,), ())).verdict is Verdict.NARROWER


def test_what_no_question_shows_makes_it_narrower() -> None:
    """As of system:masters."""
    found = compared({GET_PODS: True}, {GET_PODS: True}, ((), ()), ("it bypasses RBAC",), forecast=True)
    assert (found.verdict, found.losses) == (Verdict.NARROWER, ("it bypasses RBAC",))


def test_without_kubernetes_names_are_compared() -> None:
    """Nobody can be asked."""
    assert compared_by_name((["devs"], [VIEW]), (["devs"], [VIEW])).verdict is Verdict.EQUAL
    assert compared_by_name((["devs"], []), (["ops"], [])).verdict is Verdict.WIDER_AND_NARROWER


def test_rbac_is_read_from_the_objects_of_kubernetes() -> None:
    """Roles by their namespace, bindings with their groups and users, and what is left out as nothing."""
    role = {"rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}]}
    binding = {
        "metadata": {"name": "b", "namespace": "payments"},
        "roleRef": {"kind": "Role", "name": "own"},
        "subjects": [
            {"kind": "Group", "name": "devs"},
            {"kind": "User", "name": "bob"},
            {"kind": "ServiceAccount", "name": "x"},
        ],
    }
    rbac = rbac_of(
        [
            ("ClusterRole", {"metadata": {"name": "empty"}, "rules": None}),
            ("Role", {"metadata": {"name": "own", "namespace": "payments"}, **role}),
            ("RoleBinding", binding),
            ("ClusterRoleBinding", {"metadata": {"name": "c"}, "roleRef": {"kind": "ClusterRole", "name": "gone"}}),
        ]
    )
    own, gone = rbac.bindings
    assert own == SeenBinding("b", "payments", "own", True, frozenset({"devs"}), frozenset({"bob"}))
    assert rbac.rules(own) == (PolicyRule(("get",), ("",), ("pods",)),)
    assert rbac.rules(gone) == rbac.cluster_roles["empty"] == ()

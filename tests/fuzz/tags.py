"""Target: the tags of a role, and its name and path: what whoever may tag or make a role can choose."""

from __future__ import annotations

import json
import re
from random import Random
from typing import TypeAlias

from registrar.configuration import parse
from registrar.desired import desired
from registrar.model import PrincipalKind, PrincipalRef, RbacView, Role
from registrar.plan import Plan, make_plan
from registrar.report import decision_text
from registrar.sinks.aws_auth import AwsAuth
from registrar.sinks.map_roles import read_map_roles, write_map_roles
from tests.fuzz.damage import ODD_TEXTS, ODD_VALUES, damaged
from tests.fuzz.target import Target
from tests.properties.judge import Judge
from tests.unit.samples import ACCOUNT, MARKS, NOW

Case: TypeAlias = tuple[str, str, list[tuple[str, str]], frozenset[str]]

POLICY = parse(f"""
clusters:
- {{name: prod, account: "{ACCOUNT}", region: eu-west-1, mode: enforce}}
rules:
- {{name: devs, roles: ["/dev/*"], clusters: [prod], allow: [view, "view@*", "edit@team-*", "group=oncall", "own:x@*"]}}
- {{name: ops, roles: ["/ops/**"], clusters: [prod], privileged: true, allow: [cluster-admin, edit@kube-system]}}
- {{name: one-node, roles: [/dev/node], clusters: [prod], allow: [view]}}
""")

# What each rule allows, written down once more by hand, as groups.
_DEVS = re.compile(
    r"eks-registrar:(view(@[a-z0-9-]{1,63})?|edit@team-[a-z0-9-]{0,58}"
    r"|own:x@(?!(kube-system|kube-public|kube-node-lease|eks-registrar)\Z)[a-z0-9-]{1,63})|oncall",
    re.ASCII,
)
_OPS = re.compile(r"eks-registrar:(cluster-admin|edit@kube-system)")
_ONE_NODE = re.compile(r"eks-registrar:view")

_NODE_ROW = f"- rolearn: arn:aws:iam::{ACCOUNT}:role/node-role\n  username: system:node:x\n  groups: [system:nodes]\n"
_WORDS = (
    *("view", "view@payments", "edit@team-a", "edit@team-", "group=oncall", "own:x@kube-system", "own:x@a"),
    *("cluster-admin", "edit@kube-system", "edit", "edit@eks-registrar", "group=system:masters"),
    *("group=eks-registrar:cluster-admin", "group=eks-registrar-controller", "system:x", "eks:x@team-a"),
    *(
        "view/until=2026-12-01",
        "policy=AmazonEKSViewPolicy",
        "view@@a",
        "@",
        "group=",
        "view@team-a/x",
        "VIEW",
        "view@*",
    ),
)
_KEYS = ("eks-registrar", "eks-registrar/prod", "eks-registrar/prod/2", "eks-registrar/prod/9", "eks-registrar/prod/10")
_ODD_KEYS = (
    "Eks-Registrar/prod",
    "eks-registrar/PROD",
    "eks-registrar/",
    "e\u212as-registrar",
    "Name",
    "eks-registrar\n",
)
_NAME = "abcXYZ019+=,.@-_"
_PATH = "".join(chr(code) for code in range(0x21, 0x7F))


def _value(random: Random) -> str:
    """Words with blanks between them, of which in every other value something is odd."""
    words = [random.choice(_WORDS) for _ in range(random.choice((0, 1, 2, 3, 3, 5, 40)))]
    if random.random() < 0.5:
        return " ".join(words)
    words.append(random.choice((damaged(random, _WORDS), random.choice(ODD_TEXTS), random.choice(ODD_VALUES))))
    random.shuffle(words)
    return damaged(random, [random.choice((" ", " ", "  ", random.choice(ODD_TEXTS))).join(words)], most=2)


def _make(random: Random) -> Case:
    keys = [random.choice(_KEYS) if random.random() < 0.8 else _odd_key(random) for _ in range(random.randint(0, 4))]
    name = random.choice(("alice", "node", "".join(random.choices(_NAME, k=random.randint(1, 64)))))
    odd_path = "".join(("/", *random.choices(_PATH, k=random.randint(1, 40)), "/"))
    path = random.choice(("/dev/", "/dev/", "/dev/", "/ops/", "/ops/x/", "/", "/dev/../ops/", odd_path))
    trusts = random.choice([frozenset[str]()] * 6 + [frozenset({"ec2.amazonaws.com"}), frozenset({"*"})])
    return name, path, [(key, _value(random)) for key in dict.fromkeys(keys)], trusts


def _odd_key(random: Random) -> str:
    return random.choice((random.choice(_ODD_KEYS), damaged(random, _KEYS)))


def law(case: Case, judge: Judge) -> str:
    """No group that the policy does not allow; the row that comes of it is exactly what the authenticator reads."""
    name, path, tags, trusts = case
    ref = PrincipalRef(ACCOUNT, PrincipalKind.ROLE, name)
    role = Role(ref, f"arn:aws:iam::{ACCOUNT}:role{path}{name}", "AROAEXAMPLE", path, NOW, tuple(tags), trusts)
    wanted = desired([role], POLICY, POLICY.cluster("prod"))
    current = AwsAuth("1", read_map_roles(_NODE_ROW, MARKS), len(_NODE_ROW))
    plan = make_plan(wanted, current.held, {}, RbacView(), MARKS)
    groups = wanted[0].groups
    assert all(_may(path, name, trusts, group) for group in groups), groups
    _can_be_told(plan)
    if plan.rows is None:
        assert not groups
        return "nothing granted"
    after = judge.read(write_map_roles(current.map_roles, plan.rows, MARKS) or "")
    username = f"eks-registrar:{ACCOUNT}:role/{name}:{{{{SessionName}}}}"
    assert after.roles[0] == (f"arn:aws:iam::{ACCOUNT}:role/{name}", None, username, groups, "")
    assert after.roles[1:] == judge.read(_NODE_ROW).roles
    return "granted"


def _may(path: str, name: str, trusts: frozenset[str], group: str) -> bool:
    """Whether a rule that speaks about the role allows the group; about a node's role only one that names it speaks."""
    rules = []
    if path == "/dev/" and not trusts:
        rules.append(_DEVS)
    if path.startswith("/ops/") and not trusts:
        rules.append(_OPS)
    if path + name == "/dev/node":
        rules.append(_ONE_NODE)
    return any(rule.fullmatch(group) for rule in rules)


def _can_be_told(plan: Plan) -> None:
    for decisions in plan.decisions.values():
        assert len(decisions) <= 32 * len(_KEYS) * 40
        for decision in decisions:
            text = decision_text(decision)
            assert text.isprintable(), text
            json.dumps(text).encode()


TARGET = Target("tags", _make, law)

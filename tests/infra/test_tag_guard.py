"""The tag guard, judged by IAM's policy semantics and not by eye."""

from __future__ import annotations

import json
from itertools import product

import pytest

from infra.tag_guard_document import (
    MANAGED_POLICY_CHARACTERS,
    NOT_COVERED,
    SCP_CHARACTERS,
    TAGGING_ACTIONS,
    Document,
    TagGuard,
    render,
)
from registrar import configuration
from registrar.policy import Policy
from tests.infra.iam_judge import ACCOUNT, DEVELOPER, Request, judged

PIPELINE = f"arn:aws:iam::{ACCOUNT}:role/platform/tagger"
OPERATORS = f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Ops_*"
ALLOWED = (PIPELINE, OPERATORS, f"arn:aws:iam::{ACCOUNT}:user/breakglass")


def policy_with(*tags: str) -> Policy:
    """A configuration with clusters of these tags."""
    clusters = "".join(
        f'- {{name: c{n}, tag: {tag}, account: "{ACCOUNT}", region: eu-west-1}}\n' for n, tag in enumerate(tags)
    )
    return configuration.parse(f"clusters:\n{clusters}rules: []\n")


GUARD = TagGuard.of(policy_with("prod", "dev"), ALLOWED, tagged_roles=True)
FORMS: dict[str, tuple[tuple[Document, ...], tuple[Document, ...]]] = {
    "managed policy": (GUARD.managed_policies(), ()),
    "SCP": ((), GUARD.service_control_policies()),
}
DENIED = [
    Request("iam:TagRole", ("eks-registrar/prod",)),
    Request("iam:TagRole", ("eks-registrar",)),
    Request("iam:TagRole", ("eks-registrar/dev/9",)),
    Request("iam:TagRole", ("EKS-Registrar/Prod",)),
    Request("iam:TagRole", ("EKS-REGISTRAR/DEV/2",)),
    Request("iam:TagRole", ("team", "cost-centre", "eks-REGISTRAR/prod")),
    Request("iam:TagRole", ("eks-registrar/a-cluster-to-come",)),
    Request("iam:CreateRole", ("team", "eks-registrar/prod")),
    Request("iam:CreateRole", ("Eks-Registrar",)),
    Request("iam:UntagRole", ("eks-registrar/prod",)),
    Request("iam:UntagRole", ("team", "EKS-registrar/prod/3")),
    Request("iam:TagUser", ("eks-registrar/prod",)),
    Request("iam:CreateUser", ("eks-registrar/PROD",)),
    Request("iam:UntagUser", ("eks-registrar/prod",)),
    Request("iam:TagRole", ("eks-registrar/prod",), by=f"arn:aws:iam::{ACCOUNT}:user/alice"),
    Request("iam:TagRole", ("eks-registrar/prod",), by=f"arn:aws:iam::{ACCOUNT}:root"),
    Request("iam:TagRole", ("eks-registrar/prod",), by=f"arn:aws:iam::{ACCOUNT}:role/tagger"),
    Request("iam:TagRole", ("eks-registrar/prod",), by="arn:aws:iam::111122223333:role/platform/tagger"),
    Request("iam:UpdateAssumeRolePolicy", tagged={"eks-registrar/prod": "view"}),
    Request("iam:UpdateAssumeRolePolicy", tagged={"eks-registrar/prod/2": "view"}),
    Request("iam:UpdateAssumeRolePolicy", tagged={"team": "a", "EKS-Registrar": "view"}),
    Request("iam:UpdateAssumeRolePolicy", tagged={"eks-registrar/dev": ""}),
    Request("iam:PassRole", tagged={"eks-registrar/dev": "view"}),
]
PASSED = [
    Request("iam:TagRole", ("team",)),
    Request("iam:TagRole", ("team", "cost-centre")),
    Request("iam:TagRole", ("eks-registrarx",)),
    Request("iam:TagRole", ("my/eks-registrar/prod",)),
    Request("iam:UntagRole", ("team",)),
    Request("iam:CreateRole"),
    Request("iam:CreateRole", ("team",)),
    Request("iam:CreateUser"),
    Request("iam:DeleteRole"),
    Request("iam:UpdateAssumeRolePolicy"),
    Request("iam:UpdateAssumeRolePolicy", tagged={"team": "a"}),
    Request("iam:PassRole", tagged={"team": "a"}),
    Request("iam:TagRole", ("eks-registrar/prod",), by=PIPELINE),
    Request("iam:TagRole", ("eks-registrar/prod",), by=PIPELINE, session=False),
    Request("iam:UntagRole", ("EKS-registrar/prod",), by=PIPELINE),
    Request("iam:CreateRole", ("eks-registrar/prod", "team"), by=PIPELINE),
    Request(
        "iam:TagRole", ("eks-registrar",), by=OPERATORS.replace("*/AWS", "eu-west-1/AWS")[:-1] + "0123456789abcdef"
    ),
    Request("iam:TagUser", ("eks-registrar",), by=f"arn:aws:iam::{ACCOUNT}:user/breakglass"),
    Request("iam:UpdateAssumeRolePolicy", by=PIPELINE, tagged={"eks-registrar/prod": "view"}),
    Request("iam:PassRole", by=PIPELINE, tagged={"eks-registrar/prod": "view"}),
]


@pytest.mark.parametrize("form", FORMS)
def test_the_guard_denies_our_keys_in_any_case_and_way(form: str) -> None:
    """Mixed case, several keys in one call, tag-on-create, untag, users, sessions, and who may become the role."""
    verdicts = judged(DENIED, *FORMS[form])
    assert [request for request, verdict in zip(DENIED, verdicts, strict=True) if verdict != "ExplicitlyDenied"] == []


@pytest.mark.parametrize("form", FORMS)
def test_the_guard_lets_other_tags_and_named_principals_pass(form: str) -> None:
    """Other keys, calls without tags, and the allowed: by ARN with its path, by a pattern, as user, as session."""
    verdicts = judged(PASSED, *FORMS[form])
    assert [request for request, verdict in zip(PASSED, verdicts, strict=True) if verdict != "Allowed"] == []


def test_every_key_is_denied_for_every_tagging_action() -> None:
    """No listed key is lost on the way into the documents, in upper case too."""
    asked = [Request(action, (key.upper(),)) for action, key in product(TAGGING_ACTIONS, GUARD.keys)]
    assert len(GUARD.keys) == 1 + 9 * 2
    assert set(judged(asked, GUARD.managed_policies())) == {"ExplicitlyDenied"}


def test_the_prefix_alone_would_let_another_case_through() -> None:
    """Why the list of keys is needed: with `StringLike` only, as one would write it first, mixed case passes."""
    (document,) = TagGuard((), "eks-registrar", ALLOWED).managed_policies()
    document["Statement"] = document["Statement"][:1]
    mixed = Request("iam:TagRole", ("EKS-registrar/prod",))
    plain = Request("iam:TagRole", ("eks-registrar/prod",))
    assert judged([mixed, plain], [document]) == ["Allowed", "ExplicitlyDenied"]


def test_a_key_of_a_cluster_to_come_is_guarded_in_its_own_case_only() -> None:
    """The gap that the guard's own list of gaps names: it must be deployed again for a new cluster."""
    asked = [Request("iam:TagRole", (key,)) for key in ("eks-registrar/new", "eks-REGISTRAR/new")]
    assert judged(asked, GUARD.managed_policies()) == ["ExplicitlyDenied", "Allowed"]
    assert any("configured after" in gap for gap in NOT_COVERED)


def test_tagged_roles_are_guarded_on_request_only() -> None:
    """Without it the trust policy of a tagged role stays everybody's who may change it."""
    plain = TagGuard.of(policy_with("prod"), ALLOWED)
    asked = [
        Request(f"iam:{action}", tagged={"eks-registrar/prod": "view"})
        for action in ("PassRole", "UpdateAssumeRolePolicy")
    ]
    assert judged(asked, plain.managed_policies()) == ["Allowed", "Allowed"]


@pytest.mark.parametrize("clusters", [1, 3, 40])
@pytest.mark.parametrize("tagged_roles", [False, True])
def test_each_document_fits_into_aws_limits_and_together_they_hold_every_key(clusters: int, tagged_roles: bool) -> None:
    """Managed policies and SCPs are split where they must be, and no key is lost by it."""
    guard = TagGuard.of(
        policy_with(*(f"team-{n}-production" for n in range(clusters))), ALLOWED, tagged_roles=tagged_roles
    )
    for documents, most in (
        (guard.managed_policies(), MANAGED_POLICY_CHARACTERS),
        (guard.service_control_policies(), SCP_CHARACTERS),
    ):
        assert max(len(render(document)) for document in documents) <= most
        statements = [statement for document in documents for statement in document["Statement"]]
        conditions = [statement["Condition"] for statement in statements]
        listed = [
            c["ForAnyValue:StringEqualsIgnoreCase"]["aws:TagKeys"]
            for c in conditions
            if len(c) == 2 and "ForAnyValue:StringEqualsIgnoreCase" in c
        ]
        assert sorted(key for keys in listed for key in keys) == list(guard.keys)
        assert sum("Null" in c for c in conditions) == (len(guard.keys) if tagged_roles else 0)
        assert all("ArnNotLike" in c for c in conditions)


def test_a_guard_in_several_parts_denies_what_one_part_alone_would_not() -> None:
    """All parts are needed: the last key stands in the last part."""
    guard = TagGuard.of(policy_with(*(f"team-{n:02}-production" for n in range(40))), ALLOWED)
    first, *rest = guard.service_control_policies()
    last = [Request("iam:TagRole", (guard.keys[-1].upper(),))]
    assert rest
    assert judged(last, organization=[first]) == ["Allowed"]
    assert judged(last, organization=[first, *rest]) == ["ExplicitlyDenied"]


@pytest.mark.parametrize(
    ("allowed", "says"),
    [
        ((), "at least one allowed principal"),
        ((f"arn:aws:sts::{ACCOUNT}:assumed-role/tagger/session",), "is a session's ARN"),
        (("*",), "is no ARN of an IAM role"),
        (("tagger",), "is no ARN of an IAM role"),
        (("arn:aws:iam::*:role/*",), "lets every role or user through"),
        (("arn:aws:iam::*:role/**",), "lets every role or user through"),
        ((f"arn:aws:iam::{ACCOUNT}:group/ops",), "is no ARN of an IAM role"),
    ],
)
def test_allowed_principals_that_could_never_work_are_refused(allowed: tuple[str, ...], says: str) -> None:
    """A guard that locks everybody out, or nobody, is a mistake that synth must show."""
    with pytest.raises(ValueError, match=says):
        TagGuard.of(policy_with("prod"), allowed)


def test_a_list_of_principals_that_fits_nowhere_is_refused() -> None:
    """It says how large it is and what to do."""
    many = tuple(f"arn:aws:iam::{ACCOUNT}:role/team/{n:064}" for n in range(60))
    with pytest.raises(ValueError, match="is too long: one statement takes"):
        TagGuard.of(policy_with("prod"), many).managed_policies()


def test_the_document_stays_as_it_is_until_somebody_means_to_change_it() -> None:
    """One cluster, one principal: what an auditor would read."""
    guard = TagGuard.of(policy_with("prod"), (PIPELINE,))
    (document,) = guard.service_control_policies()
    assert json.loads(render(document)) == document
    by_prefix, by_key = document["Statement"]
    assert by_prefix["Condition"]["ForAnyValue:StringLike"] == {"aws:TagKeys": ["eks-registrar", "eks-registrar/*"]}
    assert by_key["Condition"] == {
        "ForAnyValue:StringEqualsIgnoreCase": {"aws:TagKeys": list(guard.keys)},
        "ArnNotLike": {"aws:PrincipalArn": [PIPELINE]},
    }
    assert DEVELOPER not in render(document)

"""What our grammar lets into an access entry is what EKS takes: the rules for usernames and groups.

The rules are those of the local EKS (``lab/aws/eks/rules.py``), which has them from the EKS user guide.
"""

from __future__ import annotations

import pytest

from lab.aws.eks.errors import EksError
from lab.aws.eks.rules import check_groups, check_username
from registrar.configuration import parse
from registrar.desired import desired
from registrar.errors import ConfigurationError
from registrar.marks import entry_for, username_of
from registrar.tags import parse_grant
from tests.unit.samples import POLICY_HEAD, asks, policy_of, prod, ref

RESERVED = ("system", "eks", "aws", "amazon", "iam")
# The longest name, and every character that IAM allows in one.
NAMES = ("alice", "a" * 64, "+=,.@-_", "system", "aws")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("installation", ["eks-registrar", "a", "x" * 40, "iam-team", "systems"])
def test_every_username_of_ours_is_taken_by_eks(installation: str, name: str) -> None:
    """What is reserved ends with a colon, so a name that only begins like it is not; the session follows a colon."""
    username = username_of(ref(name), installation)
    check_username("CreateAccessEntry", username)
    assert username.endswith(":{{SessionName}}")


@pytest.mark.parametrize("word", RESERVED)
def test_an_installation_cannot_have_a_name_that_eks_reserves(word: str) -> None:
    """Today's and former ones: usernames and groups of ours begin with it and a colon."""
    with pytest.raises(EksError, match="must not begin with"):
        check_username("CreateAccessEntry", username_of(ref(), word))
    for line in (f"installation: {word}", f"formerly: [{word}]"):
        with pytest.raises(ConfigurationError, match="a name that neither Kubernetes, AWS"):
            parse(f"{line}{POLICY_HEAD}  []")


@pytest.mark.parametrize("group", ["oncall", "aws:admins", "a" * 253, "System:masters", "a@b+c=d._-:"])
def test_every_group_that_a_rule_may_name_is_taken_by_eks(group: str) -> None:
    """And stands in the entry as it is."""
    policy = policy_of(f'- {{name: r, roles: ["/**"], clusters: [prod], allow: ["group={group}", "edit@*"]}}')
    [one] = desired([asks(f"group={group}", "edit@payments")], policy, prod(policy))
    assert one.role is not None
    entry = entry_for(one.role, one.groups, (), "eks-registrar")
    assert sorted(entry.groups) == sorted({group, "eks-registrar:edit@payments"})
    check_groups("CreateAccessEntry", entry.groups)


@pytest.mark.parametrize("group", ["system:masters", "system:", "eks:support"])
def test_a_group_with_a_reserved_prefix_never_reaches_eks(group: str) -> None:
    """It is refused in the file and in the tag, with the reason, before EKS would refuse the whole entry."""
    with pytest.raises(ConfigurationError, match="a group that begins with system: or eks: is never granted"):
        policy_of(f'- {{name: r, roles: ["/**"], clusters: [prod], allow: ["group={group}"]}}')
    policy = policy_of()
    [one] = desired([asks(f"group={group}", "view")], policy, prod(policy))
    assert one.groups == ("eks-registrar:view",)


@pytest.mark.parametrize("word", ["group=", "group={{SessionName}}", "group=s{{SessionName}}em:masters", "group=a b"])
def test_no_group_is_empty_or_a_template(word: str) -> None:
    """EKS refuses the one; the authenticator would fill in the other."""
    assert parse_grant(word) is None

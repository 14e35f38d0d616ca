"""Tags and rules as they are printed: what is copied does what it says."""

from __future__ import annotations

import yaml

from registrar.adoption.proposal import proposal_for
from registrar.configuration import parse
from registrar.desired import desired
from registrar.model import Role, Verdict
from registrar.policy import Policy
from tests.unit.samples import POLICY_HEAD, SSO_PATH, SSO_ROLE, grant, policy_of, prod, role

NOBODY = '\n- {name: readers, roles: ["/x"], clusters: [prod], allow: [view]}\n'
WANTED = ("edit@payments", "cluster-admin", "group=on.call")


def given(who: Role, policy: Policy) -> set[str]:
    """The grants that a role is allowed."""
    [found] = desired([who], policy, prod(policy))
    return {d.asked.text for d in found.decisions if d.verdict is Verdict.ALLOWED}


def test_the_printed_rule_and_tags_give_just_these_grants() -> None:
    """The rule is put into the file as it is, the tags onto the role."""
    alice = role("alice", path="/dev/")
    made = proposal_for([grant(word) for word in WANTED], alice, policy_of(NOBODY), prod(policy_of()))
    policy = parse(POLICY_HEAD + NOBODY + made.rule + "\n")
    assert given(role("alice", tags=made.tags, path="/dev/"), policy) == set(WANTED)
    assert given(role("alice", tags=made.tags), policy) == set(), "the rule names one role, with its path"


def test_what_the_rules_allow_already_needs_no_rule() -> None:
    """Only what is missing stands in it."""
    alice = role("alice")
    assert proposal_for([grant("view"), grant("edit@x")], alice, policy_of(), prod(policy_of())).rule == ""
    made = proposal_for([grant("view"), grant("admin@x")], alice, policy_of(), prod(policy_of()))
    assert yaml.safe_load(made.rule)[0]["allow"] == ["admin@x"]


def test_a_rule_takes_no_name_that_is_there() -> None:
    """Names stand once in the file."""
    taken = NOBODY + '- {name: adopted-alice, roles: ["/y"], clusters: [prod], allow: [view]}\n'
    made = proposal_for([grant("edit")], role("alice"), policy_of(taken), prod(policy_of()))
    assert yaml.safe_load(made.rule)[0]["name"] == "adopted-alice-2"
    parse(POLICY_HEAD + taken + made.rule + "\n")


def test_a_role_of_identity_center_is_given_its_grants() -> None:
    """It cannot be tagged."""
    ops = role(SSO_ROLE, path=SSO_PATH)
    made = proposal_for([grant("view")], ops, policy_of(NOBODY), prod(policy_of()))
    assert (made.tags, made.tag_lines(SSO_ROLE)) == ((), ())
    assert given(ops, parse(POLICY_HEAD + NOBODY + made.rule + "\n")) == {"view"}


def test_long_lists_go_on_in_the_next_key_and_old_keys_go() -> None:
    """256 characters are the most that a tag takes, and what an old tag asks for would be added."""
    words = [f"view@{'n' * 50}-{number:02}" for number in range(8)]
    alice = role("alice", tags=[("eks-registrar/prod/3", "edit@x"), ("team", "a")])
    made = proposal_for([grant(word) for word in words], alice, policy_of(), prod(policy_of()))
    assert [key for key, _ in made.tags] == ["eks-registrar/prod", "eks-registrar/prod/2"]
    assert " ".join(value for _, value in made.tags).split(" ") == words
    assert all(len(value) <= 256 for _, value in made.tags)
    assert made.stale == ("eks-registrar/prod/3",)
    assert made.tag_lines("alice")[1] == "aws iam untag-role --role-name alice --tag-keys 'eks-registrar/prod/3'"


def test_terraform_is_the_same() -> None:
    """As the argument of a role."""
    made = proposal_for([grant("view"), grant("edit@x")], role(), policy_of(), prod(policy_of()))
    assert made.terraform() == 'tags = {\n  "eks-registrar/prod" = "view edit@x"\n}'

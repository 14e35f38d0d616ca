"""Bad input, decided in the cluster: what the registrar does with it on a real API server, with its own rights."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from aws_lambda_powertools.utilities.batch import process_partial_response
from registrar_identity import given_map_roles
from stage import ACCOUNT, MANAGED, TAG, Stage, a_name, event, observing, tagging, trusting, verdicts

from lab.aws.faults import Fault
from registrar.batch import OneWriteProcessor
from registrar.errors import DeniedByAdmission
from registrar.sinks.dead_letters import SqsDeadLetters
from registrar.sinks.returns import SqsReturns


def test_an_unreadable_aws_auth_is_not_written_and_its_record_is_dead_with_the_line_named(quiet: Stage) -> None:
    """The authenticator maps nobody by such a text; the registrar's token is still good for ten seconds, no more."""
    role, registrar = quiet.role("view"), quiet.registrar()
    registrar.settle([tagging(a_name("nobody"))])  # logs in, while it still can
    broken = "- rolearn: first\n- rolearn: [\n" + quiet.data()["mapRoles"]
    given_map_roles(quiet.lab, broken)
    sqs = quiet.lab.aws.client("sqs")
    url = sqs.create_queue(QueueName=a_name("dead-letters"))["QueueUrl"]
    processor = OneWriteProcessor(registrar, SqsDeadLetters(sqs, url), SqsReturns(sqs))
    message_id = str(uuid.uuid4())
    answer = process_partial_response(
        event={"Records": [{"messageId": message_id, "body": json.dumps(tagging(role)), "eventSource": "aws:sqs"}]},
        record_handler=lambda record: record,
        processor=processor,
    )
    assert answer == {"batchItemFailures": []}, processor.settled.outcomes
    assert quiet.data()["mapRoles"] == broken
    (letter,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert json.loads(letter["Body"])["detail"]["requestParameters"]["roleName"] == role
    assert letter["MessageAttributes"]["error"]["StringValue"] == "AwsAuthUnreadable"
    assert "line " in letter["MessageAttributes"]["reason"]["StringValue"]


def test_a_grant_in_a_namespace_that_does_not_exist_waits_and_the_rest_goes_ahead(quiet: Stage) -> None:
    """Waiting is reported, is no error, and ends with the first look after the namespace is there."""
    missing = a_name("later")
    role = quiet.role(f"view edit@{missing}")
    settled = quiet.settle(tagging(role))
    assert settled.outcomes[0].error is None
    assert verdicts(settled) == {"view": "allowed", f"edit@{missing}": "waiting"}
    assert '"groups": ["eks-registrar:view"]' in (quiet.row(role) or "")
    quiet.namespace(missing)
    assert verdicts(quiet.settle(tagging(role)))[f"edit@{missing}"] == "allowed"
    assert quiet.as_role(role, "create", "configmap", "x", "-n", missing).returncode == 0


def test_a_namespace_that_goes_sets_its_grants_back_to_waiting(quiet: Stage) -> None:
    """No row keeps a group that nothing stands behind."""
    team = quiet.namespace()
    role = quiet.role(f"edit@{team}")
    quiet.settle(tagging(role))
    assert quiet.row(role)
    quiet.lab.kubectl("delete", "namespace", team, "--wait=true")
    assert verdicts(quiet.settle(tagging(role))) == {f"edit@{team}": "waiting"}
    assert quiet.row(role) is None


def test_a_foreign_row_for_the_same_role_is_a_conflict_and_ours_goes(quiet: Stage) -> None:
    """A hand-made row is never shadowed, and a row of ours beside it would only confuse."""
    role = quiet.role("view")
    quiet.settle(tagging(role))
    theirs = f"- rolearn: arn:aws:iam::{ACCOUNT}:role/{role.upper()}\n  username: by-hand\n  groups: [admins]\n"
    quiet.patch_map_roles(quiet.data()["mapRoles"] + theirs)
    foreign = quiet.foreign()
    settled = quiet.settle(tagging(role))
    assert verdicts(settled) == {"view": "conflict"}
    assert quiet.row(role) is None
    assert quiet.foreign() == foreign


def test_a_binding_of_our_name_without_our_mark_is_a_conflict_for_that_grant_alone(quiet: Stage) -> None:
    """Somebody's binding is neither used nor replaced."""
    team = quiet.namespace()
    quiet.lab.kubectl("create", "rolebinding", "eks-registrar:edit", "--clusterrole=edit", "--group=theirs", "-n", team)
    role = quiet.role(f"edit@{team} view")
    assert verdicts(quiet.settle(tagging(role))) == {f"edit@{team}": "conflict", "view": "allowed"}
    kept = quiet.lab.kubectl(
        "get", "rolebinding", "eks-registrar:edit", "-n", team, "-o", "jsonpath={.subjects[0].name}"
    )
    assert kept.stdout == "theirs"


@pytest.mark.parametrize(
    "asked",
    ["system:masters", "group=system:masters", "cluster-admin", "edit@kube-system", "edit", "admin@eks-registrar",
     "group=eks-registrar-controller", "group=eks-registrar:edit@x", "policy=AmazonEKSClusterAdminPolicy"],
)  # fmt: skip
def test_what_nobody_may_ask_for_is_refused_and_the_rest_goes_ahead(quiet: Stage, asked: str) -> None:
    """Whatever wildcards the policy has."""
    role = quiet.role(f"{asked} view")
    assert verdicts(quiet.settle(tagging(role))) == {asked: "refused", "view": "allowed"}
    assert '"groups": ["eks-registrar:view"]' in (quiet.row(role) or "")


def test_a_role_that_ec2_may_assume_is_a_node_and_not_heard(quiet: Stage) -> None:
    """Stack tags spill onto node roles; every pod of the node could use the grant."""
    role = quiet.role("view", trust=trusting(Service="ec2.amazonaws.com"))
    assert verdicts(quiet.settle(tagging(role))) == {"view": "refused"}
    assert quiet.row(role) is None


def test_an_event_of_another_account_changes_nothing(quiet: Stage) -> None:
    """The account is the envelope's, and no rule speaks about that one."""
    before, role = quiet.data(), quiet.role("view")
    settled = quiet.settle(event("TagRole", role, account="111122223333", tags=[{"key": TAG, "value": "view"}]))
    assert settled.outcomes[0].word.startswith("ignored")
    assert quiet.data() == before


@pytest.mark.parametrize(("code", "status"), [("Throttling", 400), ("AccessDenied", 403), ("ServiceFailure", 500)])
def test_iam_that_cannot_be_read_returns_the_record_and_removes_nothing(quiet: Stage, code: str, status: int) -> None:
    """Not to be able to read is never to have no tags."""
    role = quiet.role("view")
    quiet.settle(tagging(role))
    row, registrar = quiet.row(role), quiet.registrar()
    quiet.untag(role)
    quiet.lab.aws.let_fail(Fault("iam:GetRole", code, status, "not now", times=20))
    try:
        outcome = registrar.settle([event("UntagRole", role, tagKeys=[TAG])]).outcomes[0]
    finally:
        quiet.lab.aws.heal()
    assert outcome.retry
    assert code in str(outcome.error)
    assert quiet.row(role) == row is not None


def test_a_denial_by_admission_is_reported_with_its_text_and_not_retried(quiet: Stage) -> None:
    """Somebody's own policy says no to a write of ours: its words reach the reader, and the record is dead."""
    role = quiet.role("view")
    with somebodys_policy(quiet, "change freeze until Monday"):
        outcome = quiet.settle(tagging(role)).outcomes[0]
    assert isinstance(outcome.error, DeniedByAdmission)
    assert not outcome.retry
    assert "change freeze until Monday" in str(outcome.error)
    assert quiet.row(role) is None


@contextmanager
def somebodys_policy(stage: Stage, words: str) -> Iterator[None]:
    """A ValidatingAdmissionPolicy that denies every change of aws-auth, in force while the context lasts."""
    name = a_name("freeze")
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": ["configmaps"],
            "resourceNames": ["aws-auth"]}  # fmt: skip
    group = {"apiVersion": "admissionregistration.k8s.io/v1", "metadata": {"name": name}}
    policy = {**group, "kind": "ValidatingAdmissionPolicy",
              "spec": {"failurePolicy": "Fail", "matchConstraints": {"resourceRules": [rule]},
                       "validations": [{"expression": "false", "message": words}]}}  # fmt: skip
    binding = {**group, "kind": "ValidatingAdmissionPolicyBinding",
               "spec": {"policyName": name, "validationActions": ["Deny"]}}  # fmt: skip
    for one in (policy, binding):
        stage.lab.kubectl("apply", "-f", "-", stdin=json.dumps(one))
    try:
        probe = ["annotate", "configmap", "aws-auth", "-n", "kube-system", "--dry-run=server", "--overwrite", "probe=1"]
        while words not in stage.lab.kubectl(*probe, check=False).stderr:
            pass  # a policy applies some time after it is created, and a while after it is gone
        yield
    finally:
        kinds = "validatingadmissionpolicybinding,validatingadmissionpolicy"
        stage.lab.kubectl("delete", kinds, name)
        while words in stage.lab.kubectl(*probe, check=False).stderr:
            pass


def test_mode_observe_writes_nothing_at_all(quiet: Stage) -> None:
    """Not even a revocation; what would be done is in the plan."""
    role = quiet.role("view")
    assert quiet.settle(tagging(role)).outcomes[0].error is None
    kept = quiet.data()
    quiet.untag(role)
    policy = observing(quiet.registrar().policy)
    settled = quiet.settle(event("UntagRole", role, tagKeys=[TAG]), policy=policy)
    assert [change.action for change in settled.results[0].plan.changes] == ["remove"]
    assert not settled.results[0].written
    assert quiet.data() == kept


def test_a_tag_key_that_differs_only_in_case_grants_nothing_and_is_reported(quiet: Stage) -> None:
    """IAM's tag keys ignore case, ours do not: somebody is trying."""
    role = quiet.role()
    quiet.tag(role, "view", key=TAG.upper())
    settled = quiet.settle(event("TagRole", role, tags=[{"key": TAG.upper(), "value": "view"}]))
    assert "only in case" in settled.results[0].wanted[0].notes[0]
    assert quiet.row(role) is None


def test_a_drifted_binding_of_ours_is_put_right(quiet: Stage) -> None:
    """A subject that somebody added to our binding goes with the next event that uses it."""
    role = quiet.role("view")
    quiet.settle(tagging(role))
    patch = json.dumps([{"op": "replace", "path": "/subjects/0/name", "value": "intruders"}])
    quiet.lab.kubectl("patch", "clusterrolebinding", "eks-registrar:view", "--type=json", "-p", patch)
    quiet.settle(tagging(role))
    shown = quiet.lab.kubectl(
        "get", "clusterrolebindings", "-l", MANAGED, "-o", "jsonpath={.items[*].subjects[*].name}"
    )
    assert shown.stdout == "eks-registrar:view"


def test_what_somebody_wrote_into_a_row_of_ours_goes_with_the_next_write_and_stops_none(quiet: Stage) -> None:
    """A template in a group is not carried on, and others are registered."""
    first, second = quiet.role("view"), quiet.role("view")
    quiet.settle(tagging(first))
    row = quiet.row(first) or ""
    forged = row.replace('"groups": [', '"groups": ["s{{SessionName}}em:masters", ')
    quiet.patch_map_roles(quiet.data()["mapRoles"].replace(row, forged))
    assert quiet.settle(tagging(second)).outcomes[0].error is None
    assert quiet.rows() == sorted([row, quiet.row(second) or ""])


@pytest.mark.parametrize(
    "row",
    [
        "- rolearn: arn:aws:iam::123456789012:role/lambda\n  username: eks-registrar:lambda\n  groups: [some]\n",
        '- {"rolearn": "arn:aws:iam::123456789012:role/lambda", "username": "eks-registrar:lambda", "groups": ["g"]}\n',
    ],
)
def test_a_row_by_hand_whose_username_only_begins_like_ours_is_foreign_and_stays(quiet: Stage, row: str) -> None:
    """Somebody's own name for a way in, perhaps the registrar's: it names no principal, so it is not our mark."""
    quiet.patch_map_roles(row + quiet.data()["mapRoles"])
    before, role = quiet.data()["mapRoles"], quiet.role("view")
    assert quiet.settle(tagging(role)).outcomes[0].error is None
    assert quiet.data()["mapRoles"] == f"{quiet.row(role)}\n{before}"
    quiet.untag(role)
    assert quiet.settle(event("UntagRole", role, tagKeys=[TAG])).outcomes[0].error is None
    assert quiet.data()["mapRoles"] == before


def test_a_role_whose_last_rule_is_gone_loses_its_row_when_untagged(quiet: Stage) -> None:
    """No rule of the file speaks about the account any more, and still the event is looked at."""
    role = quiet.role("view")
    quiet.settle(tagging(role))
    quiet.untag(role)
    without_rules = replace(quiet.registrar().policy, rules=())
    quiet.settle(event("UntagRole", role, tagKeys=[TAG]), policy=without_rules)
    assert quiet.row(role) is None

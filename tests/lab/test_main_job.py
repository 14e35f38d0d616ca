"""The main job, by itself: only IAM calls are made, and the role's own kubectl is the judge."""

import json
import os
import subprocess
from pathlib import Path

from stage import TAG, Stage, a_name, eventually

from lab.kubeconfig import aws_command

CHECKOUT = Path(__file__).parents[2]


def test_a_tagged_role_is_allowed_then_forbidden_elsewhere_then_unauthorized_when_untagged(stage: Stage) -> None:
    """The whole promise, through events, queue, function, authenticator and API server."""
    team, other = stage.namespace(), stage.namespace()
    before = stage.data()

    role = stage.role(f"edit@{team}")
    assert eventually(lambda: stage.row(role))
    allowed = stage.as_role(role, "create", "configmap", "greeting", "-n", team)
    assert allowed.returncode == 0, allowed.stderr
    forbidden = stage.as_role(role, "create", "configmap", "greeting", "-n", other)
    assert "is forbidden" in forbidden.stderr
    assert stage.foreign() == before, "every byte that is not ours is as it was"

    stage.untag(role)
    assert eventually(lambda: stage.row(role) is None)
    unauthorized = stage.as_role(role, "get", "configmaps", "-n", team)
    assert "Unauthorized" in unauthorized.stderr or "must be logged in" in unauthorized.stderr
    assert stage.data() == before
    assert eventually(lambda: not stage.bindings())


def test_a_plain_aws_command_in_another_terminal_is_all_it_takes(stage: Stage) -> None:
    """`aws iam tag-role` by the real AWS CLI triggers the registrar."""
    role = stage.role()
    environment = {"PATH": os.environ["PATH"]} | stage.lab.environment()
    command = [aws_command(), "iam", "tag-role", "--role-name", role, "--tags", f"Key={TAG},Value=view"]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    assert eventually(lambda: stage.row(role))
    assert stage.as_role(role, "get", "pods", "-A").returncode == 0


def test_a_deleted_role_loses_its_row(stage: Stage) -> None:
    """DeleteRole: IAM says NoSuchEntity, and the row goes."""
    role = stage.role("view")
    assert eventually(lambda: stage.row(role))
    stage.iam.delete_role(RoleName=role)
    assert eventually(lambda: stage.row(role) is None)


def test_a_role_made_again_has_only_what_its_own_tags_say(stage: Stage) -> None:
    """The old role's grants do not pass to a new one of the same name."""
    role = stage.role("view")
    assert eventually(lambda: stage.row(role))
    stage.iam.delete_role(RoleName=role)
    stage.role(None, name=role)
    assert eventually(lambda: stage.row(role) is None)


def test_a_role_with_a_path_is_registered_without_it(stage: Stage) -> None:
    """The authenticator compares the ARN of the session, which has no path."""
    role = stage.role("view", path="/dev/backend/")
    assert eventually(lambda: stage.row(role))
    assert stage.as_role(role, "get", "pods", "-A").returncode == 0


def test_a_role_of_a_permission_set_is_given_its_grants_by_a_rule(stage: Stage) -> None:
    """Identity Center's roles carry no tags; the rule `auditors` gives them view, whatever their suffix."""
    arn = stage.lab.aws.create_permission_set_role("Auditors", region="eu-west-1")
    role = arn.rpartition("/")[2]
    assert eventually(lambda: stage.row(role))
    assert stage.as_role(arn, "get", "pods", "-A").returncode == 0
    stage.lab.aws.delete_permission_set_role(role)
    assert eventually(lambda: stage.row(role) is None)


def test_a_poison_record_goes_to_the_dead_letters_and_the_rest_goes_on(stage: Stage) -> None:
    """One unreadable record in a batch hinders no other, and is kept with its reason."""
    poison = a_name("no json at all")
    role = stage.role()
    stage.queue(poison)
    stage.tag(role, "view")
    assert eventually(lambda: stage.row(role))
    letter = stage.dead_letter(poison)
    assert letter is not None
    assert "no JSON" in letter["MessageAttributes"]["reason"]["StringValue"]


def test_every_sample_event_is_taken_by_the_function_under_the_runtime_interface(stage: Stage) -> None:
    """What `sam local invoke -e events/x.json` would send is answered, by its shape, without a crash."""
    for path in sorted((CHECKOUT / "events").glob("*.json")):
        answer = stage.lab.aws.invoke(json.loads(path.read_text()))
        assert "batchItemFailures" in answer or "outcome" in answer, path.name

"""The synthesised template in a real container: the function there does its job against a lab on the host.

Run by .ci/sam, which starts Docker and makes the base image.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.bundling import package
from infra.bundling.target import Target
from lab import containers
from lab.local_eks import LocalEks
from lab.sam import stage
from lab.sam.invoke import SamLocal
from lab.sam.template import LocalTemplate, host_architecture, localised, synthesise
from lab.settings import CONFIGURATION

EVENTS = Path(__file__).parents[1] / "events"
TAGGED = "create-role-with-tags.json"
BATCH = "sqs-batch-with-poison.json"


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> LocalTemplate:
    """The synthesised template, with the package that is deployed."""
    folder = tmp_path_factory.mktemp("sam")
    package.build(folder / "package", CONFIGURATION, Target(host_architecture()))
    return localised(synthesise(CONFIGURATION, folder / "cdk.out"), folder / "package")


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEks]:
    """A lab without a function of its own, reachable from containers."""
    folder, address = tmp_path_factory.mktemp("lab"), containers.bridge_address()
    with LocalEks.start(folder, with_function=False, containers_at=address) as started:
        stage.make_namespaces(started)
        yield started


@pytest.fixture(scope="session")
def sam(template: LocalTemplate, lab: LocalEks) -> SamLocal:
    """The function, as a container with the registrar's credentials."""
    environment = lab.container_environment() | {"REGISTRAR_DLQ_URL": stage.make_dead_letter_queue(lab)}
    return SamLocal(template, environment, pull=False)


def test_a_tagged_role_gets_its_row_through_the_container(sam: SamLocal, lab: LocalEks) -> None:
    """The event of a role that is really tagged in the lab's IAM: row, binding, access; nobody else could write it."""
    role = stage.make_role_of(lab, json.loads((EVENTS / TAGGED).read_text()))
    assert role
    assert stage.row_of(lab, role) is None
    done = sam.invoke(EVENTS / TAGGED)
    assert json.loads(done.answer)["outcome"] == "done", done.printed
    assert "eks-registrar:edit@payments" in str(stage.row_of(lab, role))
    user = lab.kubeconfig_for_role(role)
    assert lab.kubectl("-n", "payments", "get", "pods", kubeconfig=user, check=False).returncode == 0
    assert "Forbidden" in lab.kubectl("get", "nodes", kubeconfig=user, check=False).stderr


@pytest.mark.parametrize("name", sorted(path.name for path in EVENTS.glob("*.json") if path.name != BATCH))
def test_every_sample_event_is_worked_on_in_the_container(sam: SamLocal, name: str) -> None:
    """A bare event is answered with what became of it, never with an error: the samples' other roles do not exist."""
    done = sam.invoke(EVENTS / name)
    assert not done.failed, done.printed
    assert json.loads(done.answer)["outcome"].startswith(("done", "ignored")), done.printed


def test_a_batch_is_worked_on_in_the_container(sam: SamLocal, lab: LocalEks) -> None:
    """A record that nobody can read goes to the dead-letter queue; none of the batch comes back for its sake."""
    done = sam.invoke(EVENTS / BATCH)
    assert json.loads(done.answer) == {"batchItemFailures": []}, done.printed
    queue = sam.environment["REGISTRAR_DLQ_URL"].replace(containers.HOST_NAME, "127.0.0.1")
    assert lab.aws.client("sqs").receive_message(QueueUrl=queue)["Messages"]


def test_the_command_of_the_readme_does_all_of_it() -> None:
    """``make sam-replay``: lab, package, template, container, and the row in the end."""
    command = [sys.executable, "-m", "lab.sam", "--skip-pull-image", str(EVENTS / TAGGED)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "eks-registrar:edit@payments" in done.stdout

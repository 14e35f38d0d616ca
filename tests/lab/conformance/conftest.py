"""One lab for each backend, one after the other, and the table at the end of the session."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from stage import Stage

from lab.local_eks import LocalEks
from registrar.service import Registrar

# Their assertions are to be told in full: this must come before they are imported.
pytest.register_assert_rewrite(
    "doors", "ground", "plays_of_a_new_name", "plays_of_both_places", "plays_of_commands", "plays_of_foreign",
    "plays_of_grants", "plays_of_refusals", "plays_of_revocations", "plays_of_sweeps", "plays_of_writes",
    "plays_without_kubernetes",
)  # fmt: skip
import conformance_page  # noqa: E402
from backends import BACKENDS, Backend  # noqa: E402
from conformance_tally import conformance  # noqa: E402
from ground import Ground  # noqa: E402
from warm_aws_cli import WarmAwsCli  # noqa: E402

WRITE = "WRITE_CONFORMANCE"
ROLES_OF_TESTS = ("role-", "AWSReservedSSO_")


@dataclass(frozen=True)
class Theatre:
    """The lab of a backend, and the registrar that lives as long."""

    backend: Backend
    lab: LocalEks
    registrar: Registrar
    aws_cli: WarmAwsCli


@pytest.fixture(scope="session")
def aws_cli() -> Iterator[WarmAwsCli]:
    """One for all users."""
    with WarmAwsCli.started() as started:
        yield started


@pytest.fixture(scope="session", params=BACKENDS, ids=lambda backend: backend.name)
def theatre(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, aws_cli: WarmAwsCli
) -> Iterator[Theatre]:
    """A lab in the mode of the backend; pytest plays all behaviours in it before it starts the next one."""
    backend: Backend = request.param
    folder = tmp_path_factory.mktemp("conformance")
    with (
        LocalEks.start(folder, backend.configuration, with_function=False, mode=backend.mode) as lab,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("AWS_ENDPOINT_URL", lab.aws.endpoint_url)
        yield Theatre(backend, lab, Stage(lab).registrar(), aws_cli)


@pytest.fixture
def ground(theatre: Theatre, monkeypatch: pytest.MonkeyPatch) -> Ground:
    """That lab as on its first day, without the roles of the behaviours before, which a sweep would see."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", theatre.lab.aws.endpoint_url)
    theatre.lab.reset()
    stage = Ground(theatre.lab, theatre.backend, theatre.registrar, theatre.aws_cli)
    for page in stage.iam.get_paginator("list_roles").paginate():
        for role in page["Roles"]:
            if role["RoleName"].startswith(ROLES_OF_TESTS):
                stage.remove_role(role["RoleName"])
    return stage


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table behaviour × backend, at the end of the session."""
    found = conformance(terminalreporter.config)
    if not found.cells:
        return
    terminalreporter.section("conformance of the backends")
    for table in found.tables():
        terminalreporter.write_line(f"\n{table.text()}")
    terminalreporter.write_line("")
    for word, reason in sorted(found.reasons.items()):
        terminalreporter.write_line(f"{word}: {reason}")
    terminalreporter.write_line(f"\n{found.summary()}")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write docs/conformance.md if asked to, and only after a run in which everything passed."""
    if os.environ.get(WRITE) and exitstatus == 0:
        conformance_page.write(conformance(session.config))

"""Random lives of an account and a cluster: whatever happened, one sweep brings the cluster to what IAM says.

Here they are the same lives every time, so that a build does not fail over a life that nobody's change has touched;
`make laws` lives longer ones, others each time.
"""

import os
from dataclasses import asdict

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from load_machine import Load
from load_parts import NAMESPACES, Counts, Registrars
from stage import Stage

from tests.reliability_counts import record

LIVES = "REGISTRAR_LAWS_LIVES"  # the environment variable of `make laws`


def test_one_sweep_brings_the_state_that_iam_alone_describes(quiet: Stage, pytestconfig: pytest.Config) -> None:
    """After any mix of tags, events lost and doubled, functions at once and foreign edits, none of which is lost."""
    iam = quiet.iam
    forget_roles_of_other_tests(quiet)
    for name in NAMESPACES:
        quiet.lab.api.request("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    registrars, counts = Registrars.of(quiet.registrar(), quiet.registrar()), Counts()
    run_state_machine_as_test(lambda: Load(quiet, registrars, iam, counts), settings=how_many())
    for word, count in asdict(counts).items():
        record(pytestconfig, f"laws under load: {word.replace('_', ' ')}", count)
    assert all(asdict(counts).values()), counts


def how_many() -> settings:
    """The lives of this run, and how long they are."""
    longer = os.environ.get(LIVES)
    return settings(
        max_examples=int(longer) if longer else 30,
        stateful_step_count=40,
        deadline=None,
        derandomize=not longer,
        # To find the shortest life takes minutes; `make laws` does.
        phases=[Phase.generate, *([Phase.shrink] if longer else [])],
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )


def forget_roles_of_other_tests(quiet: Stage) -> None:
    """The sweep is of all roles of the account: those that other tests have left would be swept with ours."""
    for role in quiet.iam.get_account_authorization_details(Filter=["Role"], MaxItems=1000)["RoleDetailList"]:
        if role["RoleName"].startswith("AWSReservedSSO_"):
            quiet.lab.aws.delete_permission_set_role(role["RoleName"])
        elif any(tag["Key"].lower().startswith("eks-registrar") for tag in role.get("Tags", ())):
            quiet.iam.delete_role(RoleName=role["RoleName"])

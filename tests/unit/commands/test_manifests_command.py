"""`eks-registrar manifests`: what an administrator applies, and what is said where nothing is to be applied."""

from __future__ import annotations

from pathlib import Path

import pytest

from registrar.cli import main
from registrar.commands.exit_codes import CONFIGURATION, OK

GOLDEN = Path(__file__).parents[2] / "golden" / "manifests" / "access_entries"
COMMAND = ("--config", str(GOLDEN / "registrar.yaml"), "manifests", "--cluster")


def test_the_manifests_of_a_cluster_of_access_entries_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """On the standard output, and nothing else there: it goes into kubectl."""
    assert main([*COMMAND, "new"]) == OK
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ((GOLDEN / "manifests.yaml").read_text(), "")


def test_nothing_is_to_be_applied_where_no_kubernetes_call_is_made(capsys: pytest.CaptureFixture[str]) -> None:
    """That is no failure, and it is said where kubectl does not read it."""
    assert main([*COMMAND, "bare"]) == OK
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == (
        "eks-registrar: nothing is to be applied: cluster bare has kubernetes: none: no Kubernetes call is made there,"
        " so no right is needed\n"
    )


@pytest.mark.parametrize("cluster", ["new", "bare"])
def test_no_aws_auth_is_printed_for_a_cluster_of_access_entries(
    cluster: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody took one cluster for another."""
    assert main([*COMMAND, cluster, "--create-aws-auth"]) == CONFIGURATION
    printed = capsys.readouterr()
    assert printed.out == ""
    assert f"cluster {cluster} is written by access entries: it needs no aws-auth" in printed.err

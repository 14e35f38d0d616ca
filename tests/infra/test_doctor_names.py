"""What doctor looks for is what the CDK app deploys."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra import names, outputs
from registrar.doctor.departed import OUTPUT
from registrar.doctor.deployment import function_name, stack_name

LONGEST = ("i" * 40, "n" * 20, "ap-southeast-4")


@pytest.mark.parametrize(("installation", "network", "region"), [("eks-registrar", "public", "eu-west-1"), LONGEST])
def test_doctor_names_function_and_stack_as_the_app_does(installation: str, network: str, region: str) -> None:
    """Also where the names are as long as the configuration lets them be."""
    named = names.Names(installation, region)
    assert function_name(installation, network) == named.function(network)
    assert stack_name(installation, region) == named.hub_stack


def test_doctor_reads_an_output_that_the_stack_has() -> None:
    """The list of clusters."""
    assert f'"{OUTPUT}"' in Path(outputs.__file__).read_text()

"""One AWS side for all tests of this folder: a real moto process, real queues, a real runtime."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from aws_support import ACCOUNT, CLUSTER, Journal, Lab

from lab.aws.side import AwsSide, ClusterFacts, FunctionSettings
from lab.pki import CertificateAuthority
from lab.process import ProcessGroup


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The AWS side without a function."""
    folder = tmp_path_factory.mktemp("aws-side")
    ca = CertificateAuthority.create(folder)
    clusters = [
        ClusterFacts(CLUSTER, "us-east-1", ACCOUNT, "https://127.0.0.1:6443", ca.cert_pem, "CONFIG_MAP"),
        ClusterFacts("other", "eu-west-1", "111122223333", "https://127.0.0.1:6444", ca.cert_pem, "API"),
    ]
    processes = ProcessGroup()
    try:
        yield Lab(AwsSide.start(folder / "aws", processes, ca, clusters), ca)
    finally:
        processes.stop_all()


@pytest.fixture(scope="session")
def side(lab: Lab) -> AwsSide:
    """The AWS side without a function."""
    return lab.side


@pytest.fixture(scope="session")
def journal(side: AwsSide, tmp_path_factory: pytest.TempPathFactory) -> Journal:
    """The journal of the test function, which runs from here on."""
    path = tmp_path_factory.mktemp("journal") / "journal.jsonl"
    settings = FunctionSettings(
        handler="journal.handler",
        code=Path(__file__).parent / "functions",
        timeout_s=3,
        visibility_timeout_s=3,
        window_s=0.2,
        max_receive_count=2,
    )
    side.start_function({"JOURNAL": str(path)}, settings)
    return Journal(path)


@pytest.fixture
def trust() -> str:
    """A trust policy."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
            ],
        }
    )

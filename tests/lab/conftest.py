"""The one lab of a test session, and what a test needs to use it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from clinic import Clinic, deploy
from stage import Stage

from lab.local_eks import LocalEks


@pytest.fixture(scope="session")
def local_eks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEks]:
    """The lab that all tests share, with the registrar's function fed by events."""
    with LocalEks.start(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.fixture
def lab(local_eks: LocalEks) -> LocalEks:
    """The shared lab with its cluster as on the first day."""
    local_eks.reset()
    return local_eks


@pytest.fixture
def lab_folder(tmp_path: Path) -> Path:
    """A folder for a lab of the test's own."""
    return tmp_path / "lab"


@pytest.fixture(scope="session")
def quiet_eks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEks]:
    """A lab in which IAM events reach nobody: what happens there is what the test itself tells a registrar."""
    with LocalEks.start(tmp_path_factory.mktemp("quiet"), with_function=False) as lab:
        yield lab


@pytest.fixture
def stage(lab: LocalEks) -> Stage:
    """The shared lab, in which events reach the function by themselves."""
    return Stage(lab)


@pytest.fixture
def quiet(quiet_eks: LocalEks, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """The quiet lab with its cluster as on the first day, and its AWS as the one that boto3 finds."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", quiet_eks.aws.endpoint_url)
    quiet_eks.reset()
    return Stage(quiet_eks)


@pytest.fixture
def unasked(quiet: Stage) -> Stage:
    """The quiet lab in which no role asks for anything."""
    quiet.untag_everybody()
    return quiet


@pytest.fixture(scope="module")
def clinic_eks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEks]:
    """A lab of a module's own: its rights and its deployment are broken again and again."""
    with LocalEks.start(tmp_path_factory.mktemp("clinic")) as lab:
        deploy(lab)
        yield lab


@pytest.fixture
def clinic(clinic_eks: LocalEks, monkeypatch: pytest.MonkeyPatch) -> Clinic:
    """That lab, with its AWS as the one that boto3 finds."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", clinic_eks.aws.endpoint_url)
    return Clinic(clinic_eks)

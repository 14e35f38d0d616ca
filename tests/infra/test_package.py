"""The function's package as it is built: right for Lambda's machine, compiled, small, the same every time."""

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.bundling import bytecode, package, wheels
from infra.bundling.__main__ import main
from infra.bundling.errors import BundlingError
from infra.bundling.figures import MAX_UNZIPPED_MB, MAX_ZIPPED_MB, Figures
from infra.bundling.package import Built
from infra.bundling.pruning import copy_used
from infra.bundling.target import LAMBDA_PYTHON, REGISTRAR, TASK_ROOT, Architecture, Target

CONFIGURATION = REGISTRAR.parents[1] / "registrar.yaml"
# ELF header, e_machine at byte 18: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
AARCH64 = 183
# PEP 552: the flags behind the magic number; 1 is a hash that is not checked.
UNCHECKED_HASH = 1


@dataclass(frozen=True)
class Package:
    """A built package."""

    folder: Path
    built: Built

    def files(self, pattern: str = "*") -> list[Path]:
        """Its files, sorted."""
        return sorted(path for path in self.folder.rglob(pattern) if path.is_file())


@pytest.fixture(scope="session")
def arm(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """What is deployed: for arm64 and Lambda's Python."""
    folder = tmp_path_factory.mktemp("package") / "arm64"
    return Package(folder, package.build(folder, CONFIGURATION))


def test_it_holds_the_code_and_the_configuration(arm: Package) -> None:
    """Every module of the registrar is in it, and registrar.yaml where settings.py looks for it."""
    for module in REGISTRAR.rglob("*.py"):
        assert (arm.folder / "registrar" / module.relative_to(REGISTRAR)).read_bytes() == module.read_bytes()
    assert (arm.folder / "registrar" / "registrar.yaml").read_bytes() == CONFIGURATION.read_bytes()


def test_extension_modules_are_for_the_functions_machine(arm: Package) -> None:
    """Whatever machine builds it: each library is an AArch64 one, for the runtime's Python."""
    libraries = arm.files("*.so")
    assert libraries
    for library in libraries:
        assert int.from_bytes(library.read_bytes()[18:20], "little") == AARCH64, library
        assert f"cpython-{LAMBDA_PYTHON.replace('.', '')}" in library.name or "abi3" in library.name


def test_every_module_is_compiled_if_the_runtimes_python_is_here(arm: Package) -> None:
    """Its .pyc is taken without a look at the source, names files as in Lambda; without a Python there is none."""
    tag = f"cpython-{LAMBDA_PYTHON.replace('.', '')}.pyc"
    if arm.built.interpreter is None:
        assert arm.files("*.pyc") == []
        assert "no Python" in str(arm.built)
        return
    assert str(arm.built.interpreter.path) in str(arm.built)
    for source in arm.files("*.py"):
        content = (source.parent / "__pycache__" / f"{source.stem}.{tag}").read_bytes()
        assert int.from_bytes(content[4:8], "little") == UNCHECKED_HASH
    handler = (arm.folder / "registrar" / "__pycache__" / f"handler.{tag}").read_bytes()
    assert f"{TASK_ROOT}/registrar/handler.py".encode() in handler


def test_it_is_within_its_limits_and_says_how_large_it_is(arm: Package) -> None:
    """The figures are those of the files and of a zip of them, and are printed."""
    size = sum(path.stat().st_size for path in arm.files())
    assert arm.built.figures.unzipped == size <= MAX_UNZIPPED_MB * 1_000_000
    archive = shutil.make_archive(str(arm.folder.with_suffix("")), "zip", arm.folder)
    zipped = Path(archive).stat().st_size
    assert zipped <= MAX_ZIPPED_MB * 1_000_000
    assert arm.built.figures.zipped == pytest.approx(zipped, rel=0.05)
    assert str(arm.built.figures) in str(arm.built)


def test_the_same_input_makes_the_same_package(arm: Package, tmp_path: Path) -> None:
    """Names, bytes, modes and times: a second synthesis deploys nothing."""
    again = Package(tmp_path / "again", package.build(tmp_path / "again", CONFIGURATION))
    assert list(told(again)) == list(told(arm))


def test_libraries_keep_their_licences(arm: Package) -> None:
    """Pruning leaves the metadata and the licence of every library that is carried."""
    for metadata in arm.folder.glob("*.dist-info"):
        assert (metadata / "METADATA").is_file()
        assert not (metadata / "RECORD").exists()
    assert arm.files("*LICENSE*")


def test_too_large_is_said_with_the_limits() -> None:
    """A package over its limits is refused, not deployed."""
    assert Figures(MAX_UNZIPPED_MB * 1_000_000, MAX_ZIPPED_MB * 1_000_000).excess() is None
    assert f"{MAX_ZIPPED_MB} MB zipped" in str(Figures(1, MAX_ZIPPED_MB * 1_000_000 + 1).excess())
    assert f"{MAX_UNZIPPED_MB} MB unzipped" in str(Figures(MAX_UNZIPPED_MB * 1_000_000 + 1, 1).excess())


def test_a_python_that_nobody_has_is_not_found() -> None:
    """The search looks at versions, not at names."""
    assert bytecode.find_interpreter("3.99") is None


def test_a_name_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    """A shim of pyenv's stands on the PATH for a version that is not active, and only says so."""
    shim = tmp_path / "python3.99"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    assert bytecode.find_interpreter("3.99", {"PATH": str(tmp_path)}) is None


def test_without_a_configuration_nothing_is_built(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence that names the file, exit code 1, no folder left."""
    asked = ["--output", str(tmp_path / "out"), "--config", str(tmp_path / "missing.yaml")]
    assert main(asked) == 1
    assert "missing.yaml" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_with_files_is_left_alone(tmp_path: Path) -> None:
    """What lies there may be somebody's."""
    (tmp_path / "mine").write_text("")
    with pytest.raises(BundlingError, match="not empty"):
        package.build(tmp_path, CONFIGURATION)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_wheel_that_cannot_be_had_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    """No library has wheels for Python 3.6: the error is uv's, with what was not built."""
    with pytest.raises(BundlingError, match=r"arm64, Python 3\.6; the package was not built"):
        package.build(tmp_path / "out", CONFIGURATION, Target(Architecture.ARM64, "3.6"))
    assert not (tmp_path / "out").exists()


def test_a_pruned_name_that_is_gone_stops_the_build(tmp_path: Path) -> None:
    """After an upgrade the list of what is pruned is looked at again, and does not rot."""
    wheels.install(Target(), tmp_path / "wheels")
    shutil.rmtree(tmp_path / "wheels" / "boto3" / "data")
    with pytest.raises(BundlingError, match="boto3/data"):
        copy_used(tmp_path / "wheels", tmp_path / "out")


def told(of: Package) -> Iterator[tuple[str, int, float, str]]:
    """All that a zip would tell of the package's files."""
    for path in of.files():
        status = path.stat()
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        yield str(path.relative_to(of.folder)), status.st_mode, status.st_mtime, digest

"""The function does its job from the package that is deployed, with no other library in reach."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import botocore.session
import pytest
from lambda_runtime import LambdaRuntime
from stage import Stage, eventually

from infra.bundling import package
from infra.bundling.pruning import SERVICES
from infra.bundling.target import REGISTRAR
from lab.aws.settings import FunctionSettings
from lab.local_eks import LocalEks
from lab.settings import CONFIGURATION

EVERY_MODULE = """
import importlib, pkgutil, registrar
for found in pkgutil.walk_packages(registrar.__path__, "registrar."):
    importlib.import_module(found.name)
"""


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> LambdaRuntime:
    """Lambda's Python where this machine has it, and what Lambda brings."""
    return LambdaRuntime.install(tmp_path_factory.mktemp("runtime"))


@pytest.fixture(scope="module")
def deployed(runtime: LambdaRuntime, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package for this machine, with the lab's configuration in it; read-only, as /var/task is."""
    folder = tmp_path_factory.mktemp("package")
    package.build(folder, CONFIGURATION, runtime.target)
    for path in folder.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    return folder


@pytest.fixture(scope="module")
def packaged(runtime: LambdaRuntime, deployed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A lab whose function runs from the package, traced as it is in Lambda."""
    settings = FunctionSettings(code=deployed, python=runtime.command, libraries=runtime.libraries)
    with LocalEks.start(tmp_path_factory.mktemp("packaged"), with_function=False) as lab:
        environment = {k: v for k, v in lab.registrar_environment().items() if k != "REGISTRAR_CONFIG"}
        traced = {"POWERTOOLS_TRACE_DISABLED": "false", "AWS_XRAY_SDK_ENABLED": "true"}
        lab.aws.start_function(environment | traced, settings)
        yield Stage(lab)


def test_the_main_job_is_done_from_the_package(packaged: Stage) -> None:
    """Tagged, a role gets its row and gets in; untagged, neither is left: nothing that was pruned was needed."""
    namespace = packaged.namespace()
    role = packaged.role(f"edit@{namespace}")
    assert eventually(lambda: packaged.row(role))
    assert packaged.as_role(role, "-n", namespace, "get", "pods").returncode == 0
    assert "Forbidden" in packaged.as_role(role, "-n", "default", "get", "pods").stderr

    packaged.untag(role)
    assert eventually(lambda: not packaged.row(role))
    assert "Unauthorized" in packaged.as_role(role, "-n", namespace, "get", "pods").stderr


def test_the_package_tells_its_errors_as_ours(packaged: Stage) -> None:
    """The API server's refusals (a namespace that is not there, an aws-auth that cannot be read) need no model."""
    role = packaged.role("edit@no-such-namespace view")
    assert "eks-registrar:view" in eventually(lambda: packaged.row(role))
    assert "no-such-namespace" not in packaged.row(role)

    # Two documents: more than the registrar reads, and the authenticator maps by the first one, so it still gets in.
    packaged.patch_map_roles(packaged.data()["mapRoles"] + "---\nx: y\n")
    packaged.tag(role, "edit@no-such-namespace")
    assert "cannot be read" in str(packaged.dead_letter(role)["MessageAttributes"])


def test_every_module_can_be_imported_from_the_package(runtime: LambdaRuntime, deployed: Path) -> None:
    """The command line and what runs only now and then find their libraries in the package as well."""
    done = subprocess.run(
        [*runtime.command, "-c", EVERY_MODULE],
        env={"PYTHONPATH": str(deployed), "AWS_DEFAULT_REGION": "us-east-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_every_service_that_the_code_names_is_in_the_package() -> None:
    """No boto3 client is made of a service whose description was pruned."""
    known = set(botocore.session.get_session().get_available_services())
    calls = [
        call
        for module in REGISTRAR.rglob("*.py")
        for call in ast.walk(ast.parse(module.read_text()))
        if isinstance(call, ast.Call) and _name(call.func) == "client"
    ]
    words = {word.value for call in calls for word in call.args if isinstance(word, ast.Constant)}
    named = known & words
    assert {"iam", "eks", "sqs"} <= named
    assert named <= SERVICES


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""

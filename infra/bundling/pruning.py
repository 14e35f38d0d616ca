"""What the function never uses of its dependencies, and so does not carry.

Nothing may be added here without the proof in tests/lab/test_deployed_package.py: the main job, run from the package
under the Lambda runtime with no other library in reach.
"""

import shutil
from pathlib import Path

from infra.bundling.errors import BundlingError

# The AWS services that the registrar calls; botocore describes some 400 more, 26 MB of them. The X-Ray library makes a
# client of its own where it finds itself outside of Lambda.
SERVICES = frozenset(
    {"cloudformation", "cloudtrail", "eks", "events", "iam", "lambda", "scheduler", "sqs", "sts", "xray"}
)

_FOLDERS = (
    "bin",  # commands
    "boto3/data",  # Session.resource(); the registrar uses clients
    "boto3/examples",
    "wrapt-stubs",
)
_SERVICE_DATA = "botocore/data"
# Typing stubs and the C sources of extension modules.
_SUFFIXES = frozenset({".c", ".h", ".pxd", ".pyi", ".pyx"})
_TEST_FOLDERS = frozenset({"test", "tests", "__pycache__"})
# RECORD lists files that are not carried; the others tell how uv came by the wheel. Licences and METADATA stay.
_INSTALLER_NOTES = frozenset({".lock", "RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"})


def copy_used(wheels: Path, folder: Path) -> None:
    """Copy what is used of a folder of installed wheels into another one.

    Raises ``BundlingError`` if something that is listed here is not there: after an upgrade the list is to be looked
    at again.
    """
    for name in (*_FOLDERS, _SERVICE_DATA):
        if not (wheels / name).exists():
            raise BundlingError(
                f"the locked wheels hold no {name}, which is pruned from the package: has the lock changed? Look at"
                " infra/bundling/pruning.py"
            )

    def unused(where: str, names: list[str]) -> set[str]:
        return {name for name in names if _is_unused(wheels, Path(where, name))}

    shutil.copytree(wheels, folder, ignore=unused, copy_function=shutil.copyfile, dirs_exist_ok=True)


def _is_unused(root: Path, path: Path) -> bool:
    name, inside, parent = path.name, path.relative_to(root), path.parent.relative_to(root)
    if inside.as_posix() in _FOLDERS or name in _TEST_FOLDERS or path.suffix in _SUFFIXES:
        return True
    if parent.as_posix() == _SERVICE_DATA and path.is_dir():
        return name not in SERVICES
    return name in _INSTALLER_NOTES and (parent.suffix == ".dist-info" or parent == Path())

"""The locked dependencies of the function, for its platform and Python, whatever this machine is."""

import subprocess
from pathlib import Path

from infra.bundling.errors import BundlingError
from infra.bundling.target import LOCK, Target


def install(target: Target, folder: Path) -> None:
    """Put the wheels of ``functions/requirements.lock`` into a folder.

    Its files may be links into uv's cache: they are to be read, never written. uv takes the wheels from its cache;
    where one is not there yet it asks the package index. Raises ``BundlingError``.
    """
    command = [
        *(_uv(), "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:"),
        *("--target", str(folder), "--no-python-downloads"),
        *("--python-platform", target.platform, "--python-version", target.python, "--requirement", str(LOCK)),
    ]
    # From the cache alone if it can be: a synth needs no network then, and an index that changes does not slow it.
    for offline in (["--offline"], []):
        done = subprocess.run([*command, *offline], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
    raise BundlingError(
        f"uv could not install {LOCK.relative_to(LOCK.parents[1])} for {target}; the package was not built:\n"
        f"{done.stderr.strip()}\nOnce they are in uv's cache no network is needed."
    )


def _uv() -> str:
    try:
        import uv  # noqa: PLC0415 - the error is for a reader who has not run `make setup`
    except ImportError as error:
        raise BundlingError("uv is not installed here, and it installs the wheels: run `make setup`") from error
    return str(uv.find_uv_bin())

"""The Lambda runtime: AWS's runtime interface emulator (RIE) with awslambdaric, without Docker.

One RIE handles one invocation at a time, as one execution environment of Lambda does, so concurrency needs several.
They start lazily: the first when the function starts, further ones when an invocation finds all others busy.
"""

import contextlib
import importlib.util
import json
import os
import platform
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import urllib3

from lab.aws.settings import FunctionSettings
from lab.ports import LOOPBACK, free_port

_RIE_FOLDER = Path("local", "rapid")
_RIE_NAMES = {"x86_64": "aws-lambda-rie-x86_64", "amd64": "aws-lambda-rie-x86_64"} | dict.fromkeys(
    ("aarch64", "arm64"), "aws-lambda-rie-arm64"
)
_PATH = "/2015-03-31/functions/function/invocations"
_LEASH = Path(__file__).with_name("runtime_leash.py")
_START_TIMEOUT_S = 10.0
_STOP_GRACE_S = 0.4
_MARGIN_S = 10.0


class RuntimeMissing(RuntimeError):
    """The machine cannot run the emulator; the message says what to do."""


@dataclass(frozen=True)
class Answer:
    """What an invocation returned: the function's payload, or the error that Lambda would report for it."""

    payload: bytes
    is_error: bool


def find_rie(folder: Path, system: str = sys.platform, machine: str = platform.machine()) -> Path:
    """The emulator from the aws-sam-cli package, copied to ``folder`` if the package's file is not executable.

    Raises:
        RuntimeMissing: if there is none for this machine.

    """
    if system != "linux":
        raise RuntimeMissing(
            "the lab runs the function under the Lambda runtime interface emulator, which is a Linux program: use a"
            " Linux machine or virtual machine"
        )
    name = _RIE_NAMES.get(machine.lower())
    spec = importlib.util.find_spec("samcli")
    if name is None:
        raise RuntimeMissing(f"aws-sam-cli carries no Lambda runtime interface emulator for a {machine} machine")
    if spec is None or spec.origin is None:
        raise RuntimeMissing("the Lambda runtime interface emulator comes with aws-sam-cli: install the group `lab`")
    rie = Path(spec.origin).parent / _RIE_FOLDER / name
    if os.access(rie, os.X_OK):
        return rie
    copy = folder / name
    shutil.copyfile(rie, copy)
    copy.chmod(0o700)
    return copy


class Runtime:
    """One execution environment."""

    def __init__(self, rie: Path, settings: FunctionSettings, environment: Mapping[str, str]) -> None:
        self._timeout_s = settings.timeout_s
        address, api = f"{LOOPBACK}:{free_port()}", f"{LOOPBACK}:{free_port()}"
        self._url = f"http://{address}{_PATH}"
        self._http = urllib3.PoolManager(retries=False)
        self._process = subprocess.Popen(
            [
                str(rie),
                *("--log-level", "warn"),
                *("--runtime-interface-emulator-address", address),
                *("--runtime-api-address", api),
                *(sys.executable, "-I", "-S", str(_LEASH)),
                *(settings.python or (sys.executable,)),
                *("-m", "awslambdaric", settings.handler),
            ],
            env=dict(environment),
            cwd=settings.code,
            stdin=subprocess.DEVNULL,
        )

    def is_running(self) -> bool:
        """Whether the emulator has not ended (it starts the Python process again by itself)."""
        return self._process.poll() is None

    def invoke(self, payload: bytes) -> Answer:
        """Invoke the function and wait for its answer.

        Raises:
            urllib3.exceptions.HTTPError: if the emulator cannot be reached.

        """
        timeout = self._timeout_s + _MARGIN_S
        try:
            response = self._post(payload, timeout)
        except urllib3.exceptions.HTTPError:
            # A process that is killed closes its connections some moments before it is seen to have ended.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_GRACE_S)
            raise
        return Answer(response.data, response.status != 200 or _is_error(response.data))

    def stop(self) -> None:
        """End the emulator, which ends the Python process."""
        self._process.terminate()
        try:
            self._process.wait(_STOP_GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _post(self, payload: bytes, timeout_s: float) -> urllib3.BaseHTTPResponse:
        deadline = time.monotonic() + _START_TIMEOUT_S
        while True:
            try:
                return self._http.request("POST", self._url, body=payload, timeout=timeout_s)
            except urllib3.exceptions.NewConnectionError:
                if time.monotonic() > deadline or not self.is_running():
                    raise
                time.sleep(0.01)


class RuntimePool:
    """All execution environments of the function. Safe to use from several threads."""

    def __init__(self, rie: Path, settings: FunctionSettings, environment: Mapping[str, str]) -> None:
        self._rie = rie
        self._settings = settings
        self._environment = environment
        self._free: queue.LifoQueue[Runtime] = queue.LifoQueue()
        self._all: list[Runtime] = []
        self._lock = threading.Lock()
        self._start_one()

    def invoke(self, payload: bytes) -> Answer:
        """Invoke the function in the environment that was used last, or in a new one; waits if all are busy."""
        runtime = self._take()
        try:
            return runtime.invoke(payload)
        finally:
            self._give_back(runtime)

    def stop(self) -> None:
        """End all environments."""
        with self._lock, ThreadPoolExecutor(len(self._all)) as all_at_once:
            list(all_at_once.map(Runtime.stop, self._all))

    def _take(self) -> Runtime:
        try:
            return self._free.get_nowait()
        except queue.Empty:
            with self._lock:
                may_start = len(self._all) < self._settings.concurrency
                if may_start:
                    self._start_one()
            return self._free.get()

    def _give_back(self, runtime: Runtime) -> None:
        if runtime.is_running():
            self._free.put(runtime)
            return
        with self._lock:
            self._all.remove(runtime)
            self._start_one()

    def _start_one(self) -> None:
        runtime = Runtime(self._rie, self._settings, self._environment)
        self._all.append(runtime)
        self._free.put(runtime)


def _is_error(body: bytes) -> bool:
    """Whether Lambda would set X-Amz-Function-Error: the emulator says it only in the body."""
    if body.startswith(b"Task timed out after "):
        return True
    try:
        document = json.loads(body)
    except ValueError:
        return False
    return isinstance(document, dict) and "errorMessage" in document and "errorType" in document

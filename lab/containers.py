"""How containers reach a lab on their host."""

import ipaddress
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lab.aws.facts import CHECKOUT
from lab.aws.wire import answers
from lab.errors import LabError
from lab.process import ProcessGroup

# The host's name in a container that is started with `--add-host host.docker.internal:host-gateway`; Docker Desktop
# knows it by itself (https://docs.docker.com/reference/cli/docker/container/run/#add-host).
HOST_NAME = "host.docker.internal"


class DockerMissing(LabError):
    """Docker does not answer; the message says what asked for it."""


def bridge_address() -> str:
    """The host's address on Docker's bridge, which is what ``host-gateway`` stands for.

    Raises ``DockerMissing`` if no Docker answers or it has no such network.
    """
    for gateway in gateways(_inspect_bridge()):
        return gateway
    raise DockerMissing("Docker's network `bridge` has no gateway, so containers could not reach the lab on this host")


def start_relay(processes: ProcessGroup, log: Path, address: str, urls: Sequence[str]) -> None:
    """Let containers reach servers of loopback at another address of this host, on the same ports.

    Raises:
        LabProcessError: if the relay does not come up; the message ends with its log.

    """
    ports = [str(urlsplit(url).port) for url in urls]
    processes.start(
        "relay",
        [sys.executable, "-m", "lab.relay", address, *ports],
        {"PATH": os.defpath, "PYTHONPATH": str(CHECKOUT)},
        log,
        ready=lambda: all(answers(int(port), address) for port in ports),
    )


def _inspect_bridge() -> Any:
    docker = shutil.which("docker")
    if docker is None:
        raise DockerMissing("no Docker answers here (there is no `docker` on the PATH), and containers need it")
    asked = subprocess.run(
        [docker, "network", "inspect", "bridge"], capture_output=True, text=True, check=False, timeout=30
    )
    if asked.returncode != 0:
        told = asked.stderr.strip().splitlines() or ["it says nothing"]
        raise DockerMissing(f"no Docker answers here ({told[0]}), and containers need it")
    return json.loads(asked.stdout)


def gateways(networks: Any) -> Iterator[str]:
    """The host's IPv4 addresses in what ``docker network inspect`` prints."""
    for network in networks:
        for config in network["IPAM"]["Config"] or ():
            subnet = ipaddress.ip_network(config["Subnet"])
            if subnet.version == 4:
                # Docker's own default is the first address; older versions do not spell it out.
                yield str(config.get("Gateway") or next(subnet.hosts()))

"""How containers reach a lab on their host."""

import ipaddress
import json
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

from lab.errors import LabError

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

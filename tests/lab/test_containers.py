"""A lab that containers may reach listens on one more address, and on nothing else."""

import os
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import urllib3
from processes import family, open_to_the_network

from lab import containers
from lab.containers import HOST_NAME, DockerMissing
from lab.local_eks import LocalEks
from lab.sessions import session_of

# Loopback too, so that the test opens nothing; to the lab it is an address like that of Docker's bridge.
BRIDGE = "127.0.0.2"
NETWORKS = [{"IPAM": {"Config": [{"Subnet": "fd00::/64"}, {"Subnet": "172.17.0.0/16"}]}}]


@pytest.fixture(scope="module")
def reachable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEks]:
    """A lab without a function, reachable at one more address."""
    with LocalEks.start(tmp_path_factory.mktemp("reachable"), with_function=False, containers_at=BRIDGE) as lab:
        yield lab


def test_a_container_is_told_an_endpoint_that_it_can_reach(reachable: LocalEks) -> None:
    """Who asks AWS as host.docker.internal is told the API server under that name; a process of the host is not."""
    environment = reachable.container_environment()
    port = urlsplit(environment["AWS_ENDPOINT_URL"]).port
    session = session_of(environment)
    told = session.client("eks", "us-east-1", endpoint_url=f"http://{BRIDGE}:{port}").describe_cluster(name="lab")
    assert urlsplit(told["cluster"]["endpoint"]).hostname == BRIDGE
    home = reachable.aws.client("eks").describe_cluster(name="lab")
    assert home["cluster"]["endpoint"] == reachable.endpoint


def test_the_api_server_proves_to_be_the_containers_host(reachable: LocalEks) -> None:
    """Through the relay, its certificate is good for the name that containers use."""
    port = urlsplit(reachable.endpoint).port
    context = ssl.create_default_context(cadata=reachable.ca_pem)
    pool = urllib3.HTTPSConnectionPool(
        BRIDGE, port, ssl_context=context, server_hostname=HOST_NAME, assert_hostname=HOST_NAME
    )
    assert pool.request("GET", "/readyz").data == b"ok"


def test_nothing_is_open_to_the_network_but_what_was_asked_for(reachable: LocalEks) -> None:
    """The relay's two ports on the one address; every part itself stays on 127.0.0.1."""
    opened = {bytes.fromhex(found.split(":")[0])[::-1] for found in open_to_the_network(family(os.getpid()))}
    assert opened == {bytes(int(part) for part in BRIDGE.split("."))}


def test_the_bridges_address_is_its_first_where_docker_does_not_say() -> None:
    """Docker before 23 tells the subnet alone; IPv6 is passed over."""
    assert list(containers.gateways(NETWORKS)) == ["172.17.0.1"]


def test_without_docker_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket that nobody listens on, and no docker at all."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    with pytest.raises(DockerMissing, match="no Docker answers here"):
        containers.bridge_address()
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(DockerMissing, match="no Docker answers here"):
        containers.bridge_address()

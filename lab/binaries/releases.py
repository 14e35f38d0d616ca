"""Binaries from their publishers' releases, where the publisher's checksum is pinned here.

Pinned are the server archives of Kubernetes, with the SHA-512 sums of kubernetes/kubernetes,
``CHANGELOG/CHANGELOG-1.35.md``. etcd and aws-iam-authenticator publish their sums beside the files only, so that they
prove nothing against who can replace the files: they, macOS (no server binaries are released for it) and ``parsemap``
(ours) have no entry here and are built. Set ``EKS_REGISTRAR_OFFLINE=1`` to skip this source.
"""

import hashlib
import platform
import tarfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import requests

from lab.binaries import cache
from lab.binaries.catalogue import KUBERNETES_VERSION, Binary
from lab.binaries.errors import BinariesError

# To connect, and between two pieces.
_TIMEOUTS_S = (5.0, 30.0)
_CHUNK = 1 << 20
_REPORT_EVERY_S = 5.0


@dataclass(frozen=True)
class Release:
    """An archive (.tar.gz), its publisher's SHA-512, and the file inside it for each binary."""

    url: str
    sha512: str
    members: Mapping[str, str]


def _kubernetes(architecture: str, sha512: str) -> Release:
    return Release(
        f"https://dl.k8s.io/{KUBERNETES_VERSION}/kubernetes-server-linux-{architecture}.tar.gz",
        sha512,
        {name: f"kubernetes/server/bin/{name}" for name in ("kube-apiserver", "kube-controller-manager", "kubectl")},
    )


PINNED: Mapping[tuple[str, str], Sequence[Release]] = {
    ("Linux", "x86_64"): [
        _kubernetes(
            "amd64",
            "7454c2d9023de3230972e965e1e2a587a291e2a1abee703bb0737057e1646b23"
            "ebac538b93dd778e93579e3c293dc1fa8d002e6848ad5ebc01598bc47358fe44",
        )
    ],
    ("Linux", "aarch64"): [
        _kubernetes(
            "arm64",
            "67187a2fe780be7816f9d10e082ed02cbba306bab379980280d00ba4c4017ff5"
            "3c50cd2ff81d248c91ddcc064276b8760e17c73a1a7da1d35067a6fc0ffbdc88",
        )
    ],
}


def fetch(
    wanted: Sequence[Binary],
    report: Callable[[str], None],
    environment: Mapping[str, str],
    releases: Sequence[Release] | None = None,
) -> dict[str, Path]:
    """Download what is pinned for this platform into the cache; an unreachable server is reported and skipped.

    Raises:
        BinariesError: if a file has another checksum than the pinned one: nothing of it is kept.

    """
    if environment.get("EKS_REGISTRAR_OFFLINE") or not wanted:
        return {}
    if releases is None:
        releases = PINNED.get((platform.system(), platform.machine()), ())
    found: dict[str, Path] = {}
    for release in releases:
        needed = [item for item in wanted if item.name in release.members]
        if needed:
            found |= _fetch_release(release, needed, report, environment)
    return found


def _fetch_release(
    release: Release, needed: Sequence[Binary], report: Callable[[str], None], environment: Mapping[str, str]
) -> dict[str, Path]:
    with cache.scratch(environment) as scratch:
        archive = Path(scratch, "archive.tar.gz")
        try:
            actual = _download(release.url, archive, report)
        except OSError as error:  # the base of all that `requests` raises, too
            report(f"{release.url} is out of reach ({error}); building instead")
            return {}
        if actual != release.sha512:
            raise BinariesError(
                f"{release.url} has the SHA-512 {actual}, pinned is {release.sha512}: nothing of it was kept."
                " Try again; if it stays so, set EKS_REGISTRAR_OFFLINE=1 to build from source, and report it."
            )
        return _unpack(archive, release, needed, environment)


def _download(url: str, target: Path, report: Callable[[str], None]) -> str:
    digest = hashlib.sha512()
    # `requests` heeds the proxies of the environment and raises for an answer that ends too early.
    response = requests.get(url, stream=True, timeout=_TIMEOUTS_S, headers={"Accept-Encoding": "identity"})
    response.raise_for_status()
    total = int(response.headers.get("Content-Length", 0))
    report(f"downloading {url} ({total / 1e6:.0f} MB)")
    done, reported = 0, time.monotonic()
    with target.open("wb") as file:
        for chunk in response.iter_content(_CHUNK):
            done += len(chunk)
            digest.update(chunk)
            file.write(chunk)
            if time.monotonic() - reported > _REPORT_EVERY_S:
                reported = time.monotonic()
                report(f"  {done / 1e6:.0f} of {total / 1e6:.0f} MB")
    return digest.hexdigest()


def _unpack(
    archive: Path, release: Release, needed: Sequence[Binary], environment: Mapping[str, str]
) -> dict[str, Path]:
    found: dict[str, Path] = {}
    with tarfile.open(archive) as tar:
        for item in needed:
            member = tar.extractfile(release.members[item.name])
            if member is None:
                raise BinariesError(f"{release.url} holds no file {release.members[item.name]}")
            place = cache.place(item, environment)
            place.parent.mkdir(parents=True, exist_ok=True)
            unfinished = place.with_name(f"{place.name}.part")
            with unfinished.open("wb") as file:
                while chunk := member.read(_CHUNK):
                    file.write(chunk)
            found[item.name] = cache.store(item, unfinished, release.url, environment)
    return found

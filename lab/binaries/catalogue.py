"""Which programs the local EKS is made of, and in which version.

The versions themselves stand in ``lab/control-plane-src/go.mod``; what is said here must agree with it.
"""

from dataclasses import dataclass
from pathlib import Path

KUBERNETES_VERSION = "v1.35.4"
AUTHENTICATOR_VERSION = "v0.7.18"
# What aws-iam-authenticator's own go.mod asks for.
GO_VERSION_NEEDED = (1, 26, 3)
SOURCE = Path(__file__).parent.parent / "control-plane-src"

_KUBERNETES_FLAGS = (
    f"-X k8s.io/component-base/version.gitVersion={KUBERNETES_VERSION}",
    "-X k8s.io/component-base/version.gitMajor=1",
    "-X k8s.io/component-base/version.gitMinor=35",
    "-X k8s.io/component-base/version.gitTreeState=clean",
)


@dataclass(frozen=True)
class Binary:
    """A program: its file name, the Go package of its ``main`` and the linker flags that tell it its version."""

    name: str
    go_package: str
    linker_flags: tuple[str, ...] = ()


CATALOGUE = {
    item.name: item
    for item in (
        # The small ones first: a build that fails for a reason of the machine's fails early.
        Binary("etcd", "go.etcd.io/etcd/server/v3"),
        Binary(
            "aws-iam-authenticator",
            "sigs.k8s.io/aws-iam-authenticator/cmd/aws-iam-authenticator",
            (f"-X sigs.k8s.io/aws-iam-authenticator/pkg.Version={AUTHENTICATOR_VERSION}",),
        ),
        Binary("parsemap", "./cmd/parsemap"),
        Binary("kubectl", "k8s.io/kubernetes/cmd/kubectl", _KUBERNETES_FLAGS),
        Binary("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver", _KUBERNETES_FLAGS),
        Binary("kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager", _KUBERNETES_FLAGS),
    )
}

"""The variables by which programs find a lab: a shell, the registrar's function, the function in a container."""

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lab.containers import HOST_NAME
from lab.settings import REGION, REGISTRAR_ROLE

if TYPE_CHECKING:
    from lab.aws.side import AwsSide


def of_person(aws: "AwsSide", configuration: Path, admin_kubeconfig: Path) -> dict[str, str]:
    """An administrator of the account and of the cluster."""
    return {**aws.admin_environment(), **_common(aws, configuration), "KUBECONFIG": str(admin_kubeconfig)}


def of_registrar(aws: "AwsSide", configuration: Path) -> dict[str, str]:
    """A session of the registrar's role, and nothing of an administrator's."""
    return {
        **aws.role_environment(REGISTRAR_ROLE, "function"),
        **_common(aws, configuration),
        "POWERTOOLS_SERVICE_NAME": "eks-registrar",
        "POWERTOOLS_TRACE_DISABLED": "true",
    }


def of_container(aws: "AwsSide") -> dict[str, str]:
    """The registrar's credentials, with AWS under the name that its host has in a container."""
    own = aws.role_environment(REGISTRAR_ROLE, "container")
    return {**own, "AWS_ENDPOINT_URL": f"http://{HOST_NAME}:{urlsplit(aws.endpoint_url).port}"}


def _common(aws: "AwsSide", configuration: Path) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": aws.endpoint_url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "REGISTRAR_CONFIG": str(configuration),
    }

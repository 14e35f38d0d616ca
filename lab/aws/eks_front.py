"""EKS as the lab answers it: an endpoint that the caller can reach."""

from dataclasses import replace

from lab.aws.wire import Request, Response
from lab.ports import LOOPBACK

_AT_HOME = frozenset({LOOPBACK, "localhost"})


def answer(request: Request, response: Response) -> Response:
    """Moto's answer, in which the API server has the name under which the caller reached AWS.

    A container cannot reach 127.0.0.1 of its host, a process of the host does not know ``host.docker.internal``: each
    is told its own. The API server's certificate holds both.
    """
    if request.host in _AT_HOME or response.status != 200:
        return response
    there = response.body.replace(f"https://{LOOPBACK}:".encode(), f"https://{request.host}:".encode())
    return replace(response, body=there)

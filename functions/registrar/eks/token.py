"""An EKS token: a presigned STS GetCallerIdentity, minted here without any request.

Source: aws-iam-authenticator ``pkg/token/token.go`` (prefix, header, 15 minutes from ``X-Amz-Date``) and the AWS CLI's
``awscli/customizations/eks/get_token.py``.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config

from registrar.errors import Unreachable

TOKEN_PREFIX = "k8s-aws-v1."  # noqa: S105 - the public prefix of every EKS token
CLUSTER_HEADER = "x-k8s-aws-id"
PRESIGN_SECONDS = 60
# The authenticator accepts a token for 15 minutes; ours is minted anew well before that.
RENEW_AFTER_SECONDS = 10 * 60


def sts_host(session: boto3.Session, region: str) -> str:
    """The regional STS host of the region's partition.

    It comes from botocore's endpoint data, never from an endpoint override that is meant for other services, and never
    from the FIPS switch: the authenticator refuses every other host.
    """
    plain: Any = {"ignore_configured_endpoint_urls": True, "use_fips_endpoint": False, "use_dualstack_endpoint": False}
    sts = session.client("sts", region_name=region, config=Config(**plain))
    host = str(urlsplit(sts.meta.endpoint_url).hostname)
    # AWS_STS_REGIONAL_ENDPOINTS=legacy means the global host, which takes signatures of us-east-1 only.
    return f"sts.{region}.amazonaws.com" if host == "sts.amazonaws.com" else host


def mint(session: boto3.Session, cluster: str, region: str, host: str | None = None) -> str:
    """A token for a cluster, signed with the session's credentials; ``host`` saves asking for it again.

    Raises ``Unreachable`` if there are no credentials.
    """
    credentials = session.get_credentials()
    if credentials is None:
        raise Unreachable(f"cluster {cluster}: no AWS credentials to sign a token with; nothing was read or written")
    url = f"https://{host or sts_host(session, region)}/?Action=GetCallerIdentity&Version=2011-06-15"
    request = AWSRequest(method="GET", url=url, headers={CLUSTER_HEADER: cluster})
    SigV4QueryAuth(credentials.get_frozen_credentials(), "sts", region, expires=PRESIGN_SECONDS).add_auth(request)
    encoded = base64.urlsafe_b64encode(str(request.url).encode()).rstrip(b"=").decode()
    return TOKEN_PREFIX + encoded


@dataclass
class TokenSource:
    """Tokens for one cluster, each used for at most ten minutes.

    Made inside an invocation, never at import: a snapshot of the function must hold no token.
    """

    session: boto3.Session
    cluster: str
    region: str
    clock: Callable[[], float] = time.time
    _host: str = ""
    _token: str = field(default="", repr=False)
    _minted: float = float("-inf")

    def current(self) -> str:
        """A token that is valid for five more minutes at least. Raises ``Unreachable``."""
        if not 0 <= self.clock() - self._minted < RENEW_AFTER_SECONDS:
            self._host = self._host or sts_host(self.session, self.region)
            self._token = mint(self.session, self.cluster, self.region, self._host)
            self._minted = self.clock()
        return self._token

    def forget(self) -> None:
        """Mint anew next time: the credentials may have changed."""
        self._minted = float("-inf")

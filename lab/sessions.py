"""A session of a role or user by the variables of its environment, and whom the API server takes it for."""

from collections.abc import Mapping
from typing import Any

import boto3

from lab.kubernetes_api import KubernetesApi
from lab.settings import CLUSTER, REGION
from registrar.eks.token import mint

REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
REVIEW = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}


def session_of(environment: Mapping[str, str]) -> boto3.Session:
    """boto3's session with the ``AWS_*`` credentials of an environment, whatever this process has of its own."""
    return boto3.Session(
        environment["AWS_ACCESS_KEY_ID"],
        environment["AWS_SECRET_ACCESS_KEY"],
        environment.get("AWS_SESSION_TOKEN"),
        region_name=REGION,
    )


def who_is(stranger: KubernetesApi, session: boto3.Session) -> Mapping[str, Any] | None:
    """The ``userInfo`` behind a token that is minted for it; ``None`` where the API server does not let it in.

    ``stranger`` is the API server, to requests that bring nothing but a token.
    """
    token = mint(session, CLUSTER, REGION, f"sts.{REGION}.amazonaws.com")
    answer = stranger.request("POST", REVIEWS, REVIEW, headers={"Authorization": f"Bearer {token}"})
    user: Mapping[str, Any] | None = answer.body["status"]["userInfo"] if answer.status == 201 else None
    return user

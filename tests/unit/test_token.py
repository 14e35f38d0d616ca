"""EKS tokens, minted and decoded again as aws-iam-authenticator does it (``pkg/token/token.go``)."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from registrar.eks.token import TokenSource, mint, sts_host
from registrar.errors import Unreachable

SECRET = "example-secret-that-must-not-appear"


def session(session_token: str = "session") -> boto3.Session:
    """A session with credentials that open nothing."""
    return boto3.Session(
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key=SECRET,
        aws_session_token=session_token,
        region_name="us-east-1",
    )


def minted(signed_by: boto3.Session, cluster: str, region: str) -> str:
    """A token as ``TokenSource`` makes it."""
    return mint(signed_by, cluster, region, sts_host(signed_by, region))


def url_of(token: str) -> str:
    """The presigned URL in a token."""
    encoded = token.removeprefix("k8s-aws-v1.")
    return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()


HOSTS = [
    ("eu-west-1", "sts.eu-west-1.amazonaws.com"),
    ("us-east-1", "sts.us-east-1.amazonaws.com"),
    ("cn-north-1", "sts.cn-north-1.amazonaws.com.cn"),
    ("cn-northwest-1", "sts.cn-northwest-1.amazonaws.com.cn"),
    ("us-gov-west-1", "sts.us-gov-west-1.amazonaws.com"),
    ("eusc-de-east-1", "sts.eusc-de-east-1.amazonaws.eu"),
]


@pytest.mark.parametrize(("region", "host"), HOSTS)
def test_the_host_is_the_regional_one_of_the_partition(region: str, host: str) -> None:
    """Every partition has its own suffix, and the region's own STS is asked."""
    assert sts_host(session(), region) == host
    assert urlsplit(url_of(minted(session(), "prod", region))).netloc == host


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:5000"),
        ("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:5000"),
        ("AWS_USE_FIPS_ENDPOINT", "true"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "true"),
        ("AWS_STS_REGIONAL_ENDPOINTS", "legacy"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ],
)
def test_no_setting_for_other_calls_changes_the_host(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The authenticator would refuse an override's host."""
    monkeypatch.setenv(variable, value)
    assert urlsplit(url_of(minted(session(), "prod", "eu-west-1"))).netloc == "sts.eu-west-1.amazonaws.com"


def test_a_token_is_what_the_authenticator_reads() -> None:
    """A presigned GetCallerIdentity over https that signs the cluster's header, good for 60 seconds."""
    token = minted(session(), "prod", "eu-west-1")
    url = urlsplit(url_of(token))
    query = {key: value for key, [value] in parse_qs(url.query, strict_parsing=True).items()}
    assert (url.scheme, url.path) == ("https", "/")
    assert (query["Action"], query["Version"]) == ("GetCallerIdentity", "2011-06-15")
    assert query["X-Amz-SignedHeaders"] == "host;x-k8s-aws-id"
    assert query["X-Amz-Expires"] == "60"
    assert query["X-Amz-Credential"].startswith("AKIDEXAMPLE/")
    assert query["X-Amz-Credential"].endswith("/eu-west-1/sts/aws4_request")
    assert query["X-Amz-Security-Token"] == "session"
    assert set(query) == {
        "Action", "Version", "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires",
        "X-Amz-SignedHeaders", "X-Amz-Security-Token", "X-Amz-Signature",
    }  # fmt: skip


def test_a_token_is_unpadded_url_safe_and_holds_no_secret() -> None:
    """The authenticator refuses padding; the key only signs."""
    token = minted(session(), "prod", "eu-west-1")
    assert token.startswith("k8s-aws-v1.")
    assert set(token) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
    assert SECRET not in url_of(token)


def test_a_token_of_a_long_session_is_within_the_limit() -> None:
    """The authenticator reads at most 4,096 bytes; sessions of a Lambda function have about 1,000."""
    assert len(minted(session("IQoJb3JpZ2luX2VjEA" * 65 + "/+=="), "c" * 100, "ap-southeast-1")) <= 4096


def test_a_token_is_for_one_cluster() -> None:
    """The cluster's name is under the signature, so a token for one opens no other."""
    signatures = {
        parse_qs(urlsplit(url_of(minted(session(), c, "eu-west-1"))).query)["X-Amz-Signature"][0] for c in "ab"
    }
    assert len(signatures) == 2


def test_without_credentials_there_is_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the message says that nothing was done."""
    bare = boto3.Session(region_name="us-east-1")
    monkeypatch.setattr(bare, "get_credentials", lambda: None)
    with pytest.raises(Unreachable, match=r"cluster prod: no AWS credentials .* nothing was read or written"):
        mint(bare, "prod", "eu-west-1", "sts.eu-west-1.amazonaws.com")


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        """The time in seconds."""
        return self.now


class CountedMints:
    """How often a session was asked for credentials: once per mint."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
        inner = session()
        get = inner.get_credentials
        self.count = 0

        def counted() -> object:
            self.count += 1
            return get()

        monkeypatch.setattr(inner, "get_credentials", counted)
        self.source = TokenSource(inner, "prod", "eu-west-1", clock)


def test_a_token_is_used_for_ten_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within ten minutes it is the same; then a new one is minted, five minutes before the old one ends."""
    clock = Clock()
    mints = CountedMints(monkeypatch, clock)
    first = mints.source.current()
    clock.now += 599.9
    assert (mints.source.current(), mints.count) == (first, 1)
    clock.now += 0.1
    mints.source.current()
    assert mints.count == 2


def test_a_clock_that_went_back_mints_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """A restored snapshot or a corrected clock makes the age of a token unknown."""
    clock = Clock()
    mints = CountedMints(monkeypatch, clock)
    mints.source.current()
    clock.now -= 1
    mints.source.current()
    assert mints.count == 2


def test_a_forgotten_token_is_minted_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a 401 the credentials may have changed."""
    mints = CountedMints(monkeypatch, Clock())
    mints.source.current()
    mints.source.forget()
    mints.source.current()
    assert mints.count == 2


def test_nothing_is_minted_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A snapshot taken after the start-up holds no token."""
    assert CountedMints(monkeypatch, Clock()).count == 0

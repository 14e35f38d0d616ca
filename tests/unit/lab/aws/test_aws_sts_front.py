"""STS under its real names: through the proxy, from real tokens of the AWS command line and real keys of moto."""

import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import urllib3
from aws_support import ACCOUNT, CLUSTER, Lab
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

HOST = "sts.us-east-1.amazonaws.com"
JSON = {"accept": "application/json"}
Ask = Callable[..., urllib3.BaseHTTPResponse]


@pytest.fixture
def ask(lab: Lab) -> Ask:
    """GET a URL through the lab's proxy, trusting the lab's authority alone, as the authenticator does."""
    http = urllib3.ProxyManager(lab.side.sts_proxy_url, ca_certs=str(lab.ca.bundle_path), retries=False)

    def get(url: str, **headers: str) -> urllib3.BaseHTTPResponse:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return http.request("GET", url, headers=names)

    return get


def presign(environment: dict[str, str], host: str = HOST, region: str = "us-east-1", service: str = "sts") -> str:
    """A token's URL for the cluster `lab`, signed with credentials from an environment."""
    url = f"https://{host}/?Action=GetCallerIdentity&Version=2011-06-15"
    request = AWSRequest(method="GET", url=url, headers={"x-k8s-aws-id": CLUSTER})
    credentials = Credentials(
        environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"], environment.get("AWS_SESSION_TOKEN")
    )
    SigV4QueryAuth(credentials, service, region, expires=60).add_auth(request)
    return str(request.url)


def code(response: urllib3.BaseHTTPResponse) -> tuple[int, str]:
    """Status and error code of a JSON answer."""
    return response.status, json.loads(response.data)["Error"]["Code"]


@pytest.fixture
def role(lab: Lab, trust: str, request: pytest.FixtureRequest) -> dict[str, Any]:
    """A role of this test's own, under a path."""
    name = request.node.name.replace("[", "-").replace("]", "")[:60]
    return lab.side.client("iam").create_role(RoleName=name, Path="/team/", AssumeRolePolicyDocument=trust)["Role"]


def test_a_token_of_aws_eks_get_token_names_its_role_session(lab: Lab, ask: Ask, role: dict[str, Any]) -> None:
    """A token as a user's kubeconfig makes it, answered in the JSON that the authenticator decodes."""
    beside = Path(sys.executable).with_name("aws")
    environment = lab.side.role_environment(role["Arn"], "alice") | {"AWS_ENDPOINT_URL_STS": f"https://{HOST}"}
    made = subprocess.run(
        [
            str(beside) if beside.exists() else shutil.which("aws") or "aws",
            "eks",
            "get-token",
            "--cluster-name",
            CLUSTER,
        ],
        env=environment | {"PATH": str(beside.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    token = json.loads(made.stdout)["status"]["token"].removeprefix("k8s-aws-v1.")
    url = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    answer = ask(url, x_k8s_aws_id=CLUSTER, **JSON)
    assert answer.status == 200, answer.data
    assert answer.headers["Content-Type"] == "application/json"
    assert json.loads(answer.data)["GetCallerIdentityResponse"]["GetCallerIdentityResult"] == {
        "Account": ACCOUNT,
        "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role['RoleName']}/alice",
        "UserId": f"{role['RoleId']}:alice",
    }


def test_a_token_is_good_for_its_own_cluster_alone(lab: Lab, ask: Ask, role: dict[str, Any]) -> None:
    """The same URL under another cluster's header, as another cluster's authenticator would send it."""
    url = presign(lab.side.role_environment(role["Arn"]))
    assert ask(url, x_k8s_aws_id=CLUSTER, **JSON).status == 200
    assert code(ask(url, x_k8s_aws_id="prod", **JSON)) == (403, "SignatureDoesNotMatch")


def test_without_an_accept_header_the_answers_are_xml(lab: Lab, ask: Ask) -> None:
    """STS's ordinary form, for the good answer and for errors."""
    url = presign(lab.side.admin_environment())
    good = ask(url, x_k8s_aws_id=CLUSTER)
    assert f"<Arn>arn:aws:iam::{ACCOUNT}:user/administrator</Arn>".encode() in good.data
    bad = ask(url, x_k8s_aws_id="prod")
    assert bad.status == 403
    assert b"<Type>Sender</Type><Code>SignatureDoesNotMatch</Code>" in bad.data


def test_a_users_key_stops_working_when_inactive_and_when_deleted(lab: Lab, ask: Ask) -> None:
    """An access key of an IAM user through its life."""
    iam = lab.side.client("iam")
    iam.create_user(UserName="carol")
    key = iam.create_access_key(UserName="carol")["AccessKey"]
    url = presign({"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]})
    assert ask(url, x_k8s_aws_id=CLUSTER, **JSON).status == 200
    named = {"UserName": "carol", "AccessKeyId": key["AccessKeyId"]}
    iam.update_access_key(**named, Status="Inactive")
    assert code(ask(url, x_k8s_aws_id=CLUSTER, **JSON)) == (403, "InvalidClientTokenId")
    iam.update_access_key(**named, Status="Active")
    assert ask(url, x_k8s_aws_id=CLUSTER, **JSON).status == 200
    iam.delete_access_key(**named)
    assert code(ask(url, x_k8s_aws_id=CLUSTER, **JSON)) == (403, "InvalidClientTokenId")


def test_a_session_ends_with_its_role_even_if_the_role_is_made_again(
    lab: Lab, ask: Ask, role: dict[str, Any], trust: str
) -> None:
    """A session is bound to the RoleId; the new role of the same name has another."""
    url = presign(lab.side.role_environment(role["Arn"]))
    assert ask(url, x_k8s_aws_id=CLUSTER, **JSON).status == 200
    iam = lab.side.client("iam")
    iam.delete_role(RoleName=role["RoleName"])
    assert code(ask(url, x_k8s_aws_id=CLUSTER, **JSON)) == (403, "InvalidClientTokenId")
    again = iam.create_role(RoleName=role["RoleName"], Path="/team/", AssumeRolePolicyDocument=trust)["Role"]
    assert code(ask(url, x_k8s_aws_id=CLUSTER, **JSON)) == (403, "InvalidClientTokenId")
    fresh = ask(presign(lab.side.role_environment(again["Arn"])), x_k8s_aws_id=CLUSTER, **JSON)
    assert again["RoleId"] in fresh.data.decode()


def test_the_scope_must_name_the_hosts_region_and_sts(lab: Lab, ask: Ask) -> None:
    """A signature for another region or service is refused though it is right in itself."""
    admin = lab.side.admin_environment()
    elsewhere = ask(presign(admin, region="eu-west-1"), x_k8s_aws_id=CLUSTER, **JSON)
    assert code(elsewhere) == (403, "SignatureDoesNotMatch")
    other_service = ask(presign(admin, service="iam"), x_k8s_aws_id=CLUSTER, **JSON)
    assert code(other_service) == (403, "SignatureDoesNotMatch")
    right = ask(presign(admin, "sts.eu-west-1.amazonaws.com", "eu-west-1"), x_k8s_aws_id=CLUSTER, **JSON)
    assert right.status == 200


@pytest.mark.parametrize(
    ("host", "region"),
    [("sts.cn-north-1.amazonaws.com.cn", "cn-north-1"), ("sts.us-gov-west-1.amazonaws.com", "us-gov-west-1")],
)
def test_other_partitions_have_their_hosts_and_not_this_ones_keys(lab: Lab, ask: Ask, host: str, region: str) -> None:
    """TLS for the real name holds, and a key of partition `aws` means nothing there."""
    answer = ask(presign(lab.side.admin_environment(), host, region), x_k8s_aws_id=CLUSTER, **JSON)
    assert code(answer) == (403, "InvalidClientTokenId")


@pytest.mark.parametrize("host", ["example.com", "iam.amazonaws.com", "sts.us-east-1.amazonaws.com.example.com"])
def test_the_proxy_leads_to_sts_only(ask: Ask, host: str) -> None:
    """No other name, however alike, is connected to."""
    with pytest.raises(urllib3.exceptions.ProxyError, match="403 Forbidden"):
        ask(f"https://{host}/")


def test_a_role_that_does_not_exist_cannot_be_assumed(lab: Lab, role: dict[str, Any]) -> None:
    """Neither a missing role nor, without its path, an existing one."""
    sts = lab.side.client("sts")
    for arn in (f"arn:aws:iam::{ACCOUNT}:role/nobody", f"arn:aws:iam::{ACCOUNT}:role/{role['RoleName']}"):
        with pytest.raises(sts.exceptions.ClientError, match="AccessDenied"):
            sts.assume_role(RoleArn=arn, RoleSessionName="me")


def test_no_log_holds_a_secret(lab: Lab, ask: Ask, role: dict[str, Any]) -> None:
    """Neither secrets and session tokens nor presigned URLs are in the process's log."""
    environment = lab.side.role_environment(role["Arn"])
    url = presign(environment)
    ask(url, x_k8s_aws_id=CLUSTER, **JSON)
    ask(url, x_k8s_aws_id="prod", **JSON)
    log = (Path(lab.side.function_log).parent / "aws.log").read_text()
    assert "SignatureDoesNotMatch" in log
    for secret in (environment["AWS_SECRET_ACCESS_KEY"], environment["AWS_SESSION_TOKEN"], "X-Amz-Signature"):
        assert secret not in log

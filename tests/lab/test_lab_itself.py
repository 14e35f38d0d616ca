"""The lab is what it says: a real control plane behind a real authenticator, on loopback, on EKS's first day."""

import json
import os
import uuid

import pytest
import yaml
from processes import family, listening, open_to_the_network

from lab.day_one import aws_auth
from lab.kubernetes_api import KubernetesApi
from lab.local_eks import LocalEks

AWS_AUTH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}],
    }
)


def a_role(lab: LocalEks, name: str, path: str = "/") -> str:
    """Create a role in the lab's IAM; returns its ARN."""
    created = lab.aws.client("iam").create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=TRUST)
    return str(created["Role"]["Arn"])


def map_role(lab: LocalEks, name: str, groups: list[str]) -> None:
    """Add a row to aws-auth by hand, as an administrator does."""
    rows = yaml.safe_load(lab.api.request("GET", AWS_AUTH).body["data"]["mapRoles"])
    row = {"rolearn": f"arn:aws:iam::123456789012:role/{name}", "username": name, "groups": groups}
    body = {"data": {"mapRoles": yaml.safe_dump([*rows, row])}}
    assert lab.api.request("PATCH", AWS_AUTH, body, "application/merge-patch+json").status == 200


def test_a_role_with_a_row_gets_in_and_one_without_does_not(lab: LocalEks) -> None:
    """The chain is whole: kubectl, aws eks get-token, API server, authenticator, STS front, moto, aws-auth, RBAC."""
    name = f"by-hand-{uuid.uuid4().hex[:8]}"
    kubeconfig = lab.kubeconfig_for_role(a_role(lab, name, path="/team/"))
    refused = lab.kubectl("get", "namespaces", kubeconfig=kubeconfig, check=False)
    assert "Unauthorized" in refused.stderr

    map_role(lab, name, ["system:masters"])
    assert "kube-system" in lab.kubectl("get", "namespaces", kubeconfig=kubeconfig).stdout


def test_a_role_whose_groups_have_no_rights_is_known_and_forbidden(lab: LocalEks) -> None:
    """RBAC judges the groups of the row: 403, not 401, and the username is rendered from its template."""
    kubeconfig = lab.kubeconfig_for_role("eks-registrar", session="probe")
    who = lab.kubectl("auth", "whoami", "-o", "yaml", kubeconfig=kubeconfig).stdout
    assert "username: eks-registrar-controller:probe" in who
    refused = lab.kubectl("get", "secrets", "--all-namespaces", kubeconfig=kubeconfig, check=False)
    assert "Forbidden" in refused.stderr


def test_a_revoked_row_shuts_the_next_token_out(lab: LocalEks) -> None:
    """No cache of the API server's keeps a role in that has lost its row."""
    name = f"revoked-{uuid.uuid4().hex[:8]}"
    kubeconfig = lab.kubeconfig_for_role(a_role(lab, name))
    map_role(lab, name, ["system:masters"])
    lab.kubectl("get", "namespaces", kubeconfig=kubeconfig)
    lab.reset()
    # Another session, as a token made twice within a second is the same token, and that one is known for ten seconds.
    afterwards = lab.kubeconfig_for_role(name, session="afterwards")
    assert "Unauthorized" in lab.kubectl("get", "namespaces", kubeconfig=afterwards, check=False).stderr


def test_aws_auth_is_that_of_the_first_day(lab: LocalEks) -> None:
    """A test starts with the foreign rows, comments and keys of lab/aws-auth.yaml, byte for byte."""
    assert lab.api.request("GET", AWS_AUTH).body["data"] == aws_auth()["data"]


def test_the_cluster_roles_are_filled(local_eks: LocalEks) -> None:
    """kube-controller-manager works: without it `view` and `edit` would allow nothing."""
    for name in ("view", "edit", "admin"):
        role = local_eks.api.request("GET", f"/apis/rbac.authorization.k8s.io/v1/clusterroles/{name}").body
        assert any("pods" in rule.get("resources", ()) for rule in role["rules"])


def test_the_api_server_is_a_version_that_eks_supports(local_eks: LocalEks) -> None:
    """It is the pinned release, and says so itself."""
    assert local_eks.api.request("GET", "/version").body["gitVersion"] == "v1.35.4"


def test_anonymous_requests_reach_the_health_endpoints_alone(local_eks: LocalEks) -> None:
    """As on EKS since 1.32."""
    stranger = KubernetesApi(local_eks.endpoint, local_eks.ca_pem)
    assert stranger.request("GET", "/readyz").status == 200
    assert stranger.request("GET", "/version").status == 401


def test_the_registrar_is_held_to_its_rights(lab: LocalEks) -> None:
    """The admission policies are in force when the lab is ready: the registrar's role can touch no foreign row."""
    kubeconfig = lab.kubeconfig_for_role("eks-registrar")
    patch = json.dumps({"data": {"mapRoles": "[]"}})
    arguments = ("patch", "configmap", "aws-auth", "--namespace", "kube-system", "--type", "merge", "--patch", patch)
    refused = lab.kubectl(*arguments, kubeconfig=kubeconfig, check=False)
    assert "ValidatingAdmissionPolicy" in refused.stderr
    assert lab.api.request("GET", AWS_AUTH).body["data"] == aws_auth()["data"]


def test_nothing_listens_on_anything_but_loopback(local_eks: LocalEks) -> None:
    """Neither the parts nor what they started, the authenticator's fixed health port included."""
    processes = family(os.getpid())
    assert listening(processes) >= 5
    assert open_to_the_network(processes) == set()


def test_every_request_is_in_the_audit_log(local_eks: LocalEks) -> None:
    """Requests can be counted there: an answered request is one line with its user."""
    marker = f"audit-{uuid.uuid4().hex}"
    local_eks.api.request("GET", f"/api/v1/namespaces/{marker}")
    events = [json.loads(line) for line in local_eks.audit_log.read_text().splitlines() if marker in line]
    assert [(event["user"]["username"], event["stage"]) for event in events] == [("lab:admin", "ResponseComplete")]


@pytest.mark.parametrize("secret", ["admin_kubeconfig", "audit_log"])
def test_files_of_the_lab_are_for_its_owner_alone(local_eks: LocalEks, secret: str) -> None:
    """A kubeconfig with an administrator's key can be read by nobody else."""
    assert getattr(local_eks, secret).stat().st_mode & 0o077 == 0

"""The lab in each authentication mode: the real authenticator reads what EKS's API was told, and RBAC is not alone."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from entrance import VIEW, Entrance, aws_cli, change_mode
from stage import ACCOUNT, a_name, eventually, trusting
from test_lab_itself import map_role

from lab.kubeconfig import Cluster, of_role
from lab.local_eks import LocalEks
from lab.settings import CLUSTER, CONFIGURATION, WITHOUT_KUBERNETES

AWS_AUTH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"


@pytest.fixture(scope="module")
def both_eks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEks]:
    """A lab of mode API_AND_CONFIG_MAP, in which events reach nobody."""
    folder = tmp_path_factory.mktemp("both")
    with LocalEks.start(folder, with_function=False, mode="API_AND_CONFIG_MAP") as lab:
        yield lab


@pytest.fixture(scope="module")
def api_eks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEks]:
    """A lab of mode API, in which events reach nobody."""
    with LocalEks.start(tmp_path_factory.mktemp("api"), with_function=False, mode="API") as lab:
        yield lab


@pytest.fixture
def both(both_eks: LocalEks) -> Entrance:
    """That lab as on its first day."""
    both_eks.reset()
    return Entrance(both_eks)


@pytest.fixture
def api(api_eks: LocalEks) -> Entrance:
    """That lab as on its first day."""
    api_eks.reset()
    return Entrance(api_eks)


def test_a_role_gets_in_by_its_entry_and_is_shut_out_without(api: Entrance) -> None:
    """The chain is whole: kubectl, aws eks get-token, API server, authenticator, the entry of the role and its path."""
    role, group = api.new_role(path="/team/"), a_name("group")
    api.lab.kubectl("create", "clusterrolebinding", group, "--clusterrole=view", f"--group={group}")
    assert api.who(role) is None

    api.enter(role, username="dev:{{SessionName}}", kubernetesGroups=[group])
    assert api.eventually_allowed(role, "get", "pods", "-A")
    seen = api.who(role)
    assert seen is not None
    assert seen["username"].startswith("dev:s-")
    assert group in seen["groups"]
    assert "Forbidden" in api.refused(role, "get", "secrets", "-A")

    api.leave(role)
    assert eventually(lambda: api.who(role) is None)


def test_groups_of_an_entry_can_be_changed(api: Entrance) -> None:
    """Without the entry being made again."""
    role = api.new_role()
    api.enter(role, kubernetesGroups=["before"])
    assert eventually(lambda: api.who(role))
    api.eks.update_access_entry(clusterName=CLUSTER, principalArn=role, kubernetesGroups=["after"])
    assert eventually(lambda: "after" in (api.who(role) or {"groups": []})["groups"])


def test_a_cluster_of_mode_api_has_no_aws_auth_and_reads_none(api: Entrance) -> None:
    """Not even one that somebody makes."""
    assert api.lab.api.request("GET", AWS_AUTH).status == 404
    role = api.new_role()
    row = {"rolearn": role, "username": "x", "groups": ["system:masters"]}
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "aws-auth", "namespace": "kube-system"},
        "data": {"mapRoles": json.dumps([row])},
    }
    assert api.lab.api.request("POST", AWS_AUTH.rpartition("/")[0], config).status == 201
    other = api.new_role()
    api.enter(other)
    assert eventually(lambda: api.who(other)), "what is read meanwhile has been read"
    assert api.who(role) is None
    api.lab.reset()
    assert api.lab.api.request("GET", AWS_AUTH).status == 404


def test_a_test_begins_when_the_cluster_knows_the_registrar_again(api: Entrance) -> None:
    """The authenticator looks once a second only: an entry that has been made again does not count at once."""
    own = "arn:aws:iam::123456789012:role/eks-registrar"
    api.leave(own)
    assert eventually(lambda: api.who(own) is None)
    api.lab.reset()
    assert api.who(own) is not None


def test_administrator_and_registrar_get_in_by_entries(api: Entrance) -> None:
    """As EKS makes the creator's and the stack makes the registrar's."""
    seen = api.who("eks-registrar")
    assert seen is not None
    assert seen["username"].startswith("eks-registrar-controller:s-")
    assert "eks-registrar-controller" in seen["groups"]
    assert api.eventually_allowed("platform-admin", "get", "nodes")
    cluster = Cluster(CLUSTER, api.lab.endpoint, api.lab.folder.secrets / "ca.pem")
    text = of_role(cluster, "administrator", api.lab.aws.admin_environment())
    creator = api.lab.folder.write_secret(api.lab.folder.kubeconfigs / "creator.yaml", text)
    assert api.lab.kubectl("get", "nodes", kubeconfig=creator, check=False).returncode == 0
    listed = api.eks.list_access_entries(clusterName=CLUSTER)["accessEntries"]
    assert [arn.rpartition(":")[2] for arn in listed] == [
        "role/eks-registrar",
        "role/lab-node-role",
        "role/platform-admin",
        "user/administrator",
    ]


def test_the_registrar_works_under_its_rights_alone(api: Entrance) -> None:
    """It reads every entry and makes none but in its own form."""
    environment = api.lab.aws.role_environment("eks-registrar")
    shown = aws_cli(environment, "list-access-entries", "--cluster-name", CLUSTER)
    assert "platform-admin" in shown.stdout
    role = api.new_role()
    asked = ("create-access-entry", "--cluster-name", CLUSTER, "--principal-arn", role)
    assert "AccessDeniedException" in aws_cli(environment, *asked).stderr
    name = role.rpartition("/")[2]
    username = f"eks-registrar:{ACCOUNT}:role/{name}:{{{{SessionName}}}}"
    made = aws_cli(
        environment, *asked, "--type", "STANDARD", "--username", username, "--kubernetes-groups", "oncall",
        "--tags", "app.kubernetes.io/managed-by=eks-registrar",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert eventually(lambda: api.who(role))


def test_a_role_made_again_under_its_name_is_refused(api: Entrance) -> None:
    """EKS lists the entry and answers 401, until it is made again."""
    role = api.new_role()
    name = role.rpartition("/")[2]
    api.enter(role, kubernetesGroups=["x"])
    assert eventually(lambda: api.who(role))
    api.iam.delete_role(RoleName=name)
    api.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusting(AWS=ACCOUNT))
    assert role in api.eks.list_access_entries(clusterName=CLUSTER)["accessEntries"]
    assert api.who(role) is None
    api.leave(role)
    api.enter(role, kubernetesGroups=["x"])
    assert eventually(lambda: api.who(role))


def test_an_access_policy_allows_in_its_namespaces_and_nowhere_else(api: Entrance) -> None:
    """By EKS and not by RBAC: the role is in no group that a binding names."""
    team, other = api.namespace(), api.namespace()
    role = api.new_role()
    api.enter(role)
    api.associate(role, VIEW, f"{team[:-1]}*")
    assert api.eventually_allowed(role, "get", "pods", "-n", team)
    assert api.as_role(role, "get", "namespace", team).returncode == 0
    for elsewhere in (("-n", other), ("-A",)):
        assert "Forbidden" in api.refused(role, "get", "pods", *elsewhere)
    assert "Forbidden" in api.refused(role, "get", "secrets", "-n", team)
    assert "Forbidden" in api.refused(role, "get", "nodes")

    api.associate(role, VIEW)
    assert api.eventually_allowed(role, "get", "pods", "-A")
    api.eks.disassociate_access_policy(clusterName=CLUSTER, principalArn=role, policyArn=VIEW)
    assert "Forbidden" in api.refused(role, "get", "pods", "-n", team)


def test_an_admin_by_policy_cannot_bind_what_they_do_not_hold_by_rbac(api: Entrance) -> None:
    """AmazonEKSAdminPolicy has no `bind`: the API server's own check against escalation knows RBAC alone."""
    team, role = api.namespace(), api.new_role()
    api.enter(role)
    api.associate(role, VIEW.replace("View", "Admin"), team)
    bind = ("create", "rolebinding", "mine", "--clusterrole=view", "--user=x", "-n", team)
    assert eventually(
        lambda: "attempting to grant RBAC permissions not currently held" in api.as_role(role, *bind).stderr
    )
    assert api.as_role(role, "create", "configmap", "mine", "-n", team).returncode == 0


def test_who_impersonates_has_no_access_policy(api: Entrance) -> None:
    """As on EKS: impersonation is judged by RBAC alone."""
    role = api.new_role()
    api.enter(role)
    api.associate(role, VIEW.replace("View", "ClusterAdmin"))
    assert api.eventually_allowed(role, "get", "secrets", "-A")
    assert "Forbidden" in api.refused(role, "get", "secrets", "-A", "--as=somebody")


def test_an_entry_wins_over_a_row_and_the_row_is_there_when_it_goes(both: Entrance) -> None:
    """Why a row that stays behind gives access back."""
    role = both.new_role()
    name = role.rpartition("/")[2]
    map_role(both.lab, name, ["by-row"])
    assert eventually(lambda: "by-row" in (both.who(name) or {"groups": []})["groups"])
    both.enter(role, kubernetesGroups=["by-entry"])
    assert eventually(lambda: "by-entry" in (both.who(name) or {"groups": []})["groups"])
    both.leave(role)
    assert eventually(lambda: "by-row" in (both.who(name) or {"groups": []})["groups"])


def test_a_dead_entry_leaves_the_row_alone(both: Entrance) -> None:
    """The role made again gets in by its row, and has nothing of the policies of the dead entry."""
    role = both.new_role()
    name = role.rpartition("/")[2]
    both.enter(role)
    both.associate(role, VIEW.replace("View", "ClusterAdmin"))
    assert both.eventually_allowed(name, "get", "secrets", "-A")
    both.iam.delete_role(RoleName=name)
    both.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusting(AWS=ACCOUNT))
    map_role(both.lab, name, ["by-row"])
    assert eventually(lambda: "by-row" in (both.who(name) or {"groups": []})["groups"])
    assert "Forbidden" in both.refused(name, "get", "secrets", "-A")


def test_a_cluster_goes_through_all_modes(lab_folder: Path) -> None:
    """The authenticator follows UpdateClusterConfig: entries count from the second mode on, rows up to it."""
    with LocalEks.start(lab_folder, with_function=False) as lab:
        entrance = Entrance(lab)
        by_row, by_entry = entrance.new_role(), entrance.new_role()
        row_name = by_row.rpartition("/")[2]
        map_role(lab, row_name, ["by-row"])
        assert eventually(lambda: entrance.who(row_name))
        with pytest.raises(entrance.eks.exceptions.InvalidRequestException, match="authentication mode must be set"):
            entrance.enter(by_entry)

        change_mode(entrance, "API_AND_CONFIG_MAP")
        entrance.enter(by_entry)
        assert eventually(lambda: entrance.who(by_entry))
        assert entrance.who(row_name)

        change_mode(entrance, "API")
        assert entrance.who(by_entry)
        assert entrance.who(row_name) is None
        assert all(lab.parts().values())


@pytest.mark.parametrize(
    ("configuration", "grant"),
    [(CONFIGURATION, "view"), (WITHOUT_KUBERNETES, "policy=AmazonEKSViewPolicy")],
    ids=["managed", "none"],
)
def test_the_function_lets_in_and_shuts_out_by_events_alone(lab_folder: Path, configuration: Path, grant: str) -> None:
    """The whole promise in mode API: only IAM calls are made, and the role's own kubectl is the judge."""
    with LocalEks.start(lab_folder, configuration.read_text(), mode="API") as lab:
        entrance = Entrance(lab)
        role = entrance.role(grant)
        assert entrance.eventually_allowed(role, "get", "pods", "-A")
        assert "Forbidden" in entrance.refused(role, "get", "secrets", "-A")
        entrance.untag(role)
        assert eventually(lambda: entrance.who(role) is None)

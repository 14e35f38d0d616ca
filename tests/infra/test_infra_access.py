"""The registrar's own way into the clusters, and the outputs of a hub."""

from __future__ import annotations

import json
from typing import Any

import pytest
from infra_stage import ROOT, Synthesised, Template, logical_id, properties, resources, synthesised, the_hub

from infra.settings import AppSettings
from lab.aws.eks.rules import check_groups, check_username
from registrar import configuration
from registrar.marks import Marks
from registrar.sinks.map_roles import read_map_roles

MARKS = Marks("eks-registrar")
# Access entries by hand, and a cluster in a VPC to which no Kubernetes call is made.
OF_ENTRIES = """
networks:
  corp: {vpcId: vpc-0a1b2c3d, subnetIds: [subnet-0a1b2c3d], securityGroupIds: [sg-0a1b2c3d]}
clusters:
- {name: new, account: "123456789012", region: us-east-1, backend: access-entries}
- {name: bare, account: "123456789012", region: us-east-1, kubernetes: none}
- {name: private, account: "123456789012", region: us-east-1, network: corp, kubernetes: none}
rules:
- {name: all, roles: ["/**"], clusters: [new, bare, private], allow: [view, "policy=AmazonEKSViewPolicy@*"]}
"""


@pytest.fixture(scope="module")
def hub() -> Template:
    """A hub with one cluster of each kind of access."""
    return the_hub("one-region", "us-east-1")


@pytest.fixture(scope="module")
def of_entries() -> Synthesised:
    """A hub whose clusters have access entries."""
    settings = AppSettings(ROOT / "examples" / "one-region" / "registrar.yaml")
    return synthesised(configuration.parse(OF_ENTRIES), settings)


def output(template: Template, name: str) -> Any:
    """The value of the one output whose name begins so."""
    (found,) = [value["Value"] for key, value in template["Outputs"].items() if key.startswith(name)]
    return found


def text_of(value: Any, role_arn: str) -> str:
    """A joined value as CloudFormation shows it, with this ARN for the role."""
    return "".join(part if isinstance(part, str) else role_arn for part in value["Fn::Join"][1])


def test_an_access_entry_gives_the_registrar_its_own_group_and_no_policy(hub: Template) -> None:
    """Type, username with the session behind a colon, one group, and the mark of the registrar's own."""
    role = logical_id(hub, "AWS::IAM::Role", RoleName="eks-registrar-public-us-east-1")
    assert properties(hub, "AWS::EKS::AccessEntry", ClusterName="staging") == {
        "ClusterName": "staging",
        "PrincipalArn": {"Fn::GetAtt": [role, "Arn"]},
        "Type": "STANDARD",
        "Username": "eks-registrar-controller:{{SessionName}}",
        "KubernetesGroups": ["eks-registrar-controller"],
        "Tags": [{"Key": "app.kubernetes.io/managed-by", "Value": "eks-registrar-controller"}],
    }


def test_by_hand_means_no_access_entry_and_the_exact_command(hub: Template) -> None:
    """The row of the output is one that the authenticator reads, and that the registrar takes for foreign."""
    assert [entry["Properties"]["ClusterName"] for entry in resources(hub, "AWS::EKS::AccessEntry").values()] == [
        "staging"
    ]
    command = text_of(output(hub, "NetworkpublicAccessprodRow"), "arn:aws:iam::123456789012:role/r")
    assert command.startswith("kubectl -n kube-system edit configmap aws-auth")
    row = command.partition("under mapRoles: ")[2]
    read = read_map_roles(row + "\n", MARKS)
    assert (read.ours, [foreign.groups for foreign in read.foreign]) == ((), [("eks-registrar-controller",)])
    assert json.loads(row.removeprefix("- ")) == {
        "rolearn": "arn:aws:iam::123456789012:role/r",
        "username": "eks-registrar-controller:{{SessionName}}",
        "groups": ["eks-registrar-controller"],
    }


def test_by_hand_both_ways_in_are_said_where_the_mode_decides(hub: Template) -> None:
    """With backend auto nobody knows at synth whether the cluster reads rows or entries."""
    command = text_of(output(hub, "NetworkpublicAccessprodEntry"), "arn:aws:iam::123456789012:role/r")
    assert command.startswith("aws eks create-access-entry --region us-east-1 --cluster-name prod --principal-arn arn:")
    said = [one["Description"] for key, one in hub["Outputs"].items() if key.startswith("NetworkpublicAccessprod")]
    assert sorted(words.partition(", if its authentication mode is ")[2].partition(":")[0] for words in said) == [
        "API or API_AND_CONFIG_MAP",
        "CONFIG_MAP",
    ]


def test_access_entries_by_hand_are_told_as_the_command_that_makes_one(of_entries: Synthesised) -> None:
    """A row in aws-auth would let nobody into such a cluster; the command has no policy, and a name that EKS takes."""
    hub = of_entries.templates["eks-registrar-us-east-1"]
    command = text_of(output(hub, "NetworkpublicAccessnew"), "arn:aws:iam::123456789012:role/r")
    assert command == (
        "aws eks create-access-entry --region us-east-1 --cluster-name new --principal-arn"
        " arn:aws:iam::123456789012:role/r --type STANDARD --username 'eks-registrar-controller:{{SessionName}}'"
        " --kubernetes-groups eks-registrar-controller --tags app.kubernetes.io/managed-by=eks-registrar-controller"
    )
    check_username("CreateAccessEntry", "eks-registrar-controller:{{SessionName}}")
    check_groups("CreateAccessEntry", ["eks-registrar-controller"])


def test_a_cluster_without_kubernetes_calls_lets_nobody_in(of_entries: Synthesised) -> None:
    """Neither an entry nor a word about one: the registrar speaks to EKS alone, from whatever network it stands in."""
    hub = of_entries.templates["eks-registrar-us-east-1"]
    assert resources(hub, "AWS::EKS::AccessEntry") == {}
    assert [key for key in hub["Outputs"] if "Accessbare" in key or "Accessprivate" in key] == []
    assert output(hub, "Clusters") == "new=new,bare=bare,private=private"
    assert of_entries.violations == []


def test_the_outputs_list_clusters_and_accounts(hub: Template) -> None:
    """What `doctor` compares with the file: clusters as tag=name."""
    assert output(hub, "Clusters") == "prod=prod,staging=staging"
    assert output(hub, "Accounts") == "123456789012"


def test_a_cluster_with_a_tag_of_its_own_is_listed_with_both() -> None:
    """The tag is the word for the command line, the name is EKS's."""
    assert output(the_hub("hub-away-from-home", "eu-central-1"), "Clusters") == "prod-frankfurt=prod"


def test_dead_letters_are_moved_back_to_a_queue_that_is_named(hub: Template) -> None:
    """SQS does not know where a message came from that was sent to the dead-letter queue directly."""
    dead, queue = (
        logical_id(hub, "AWS::SQS::Queue", QueueName=name)
        for name in ("eks-registrar-public-dead-letters", "eks-registrar-public")
    )
    assert output(hub, "NetworkpublicRedrive")["Fn::Join"][1] == [
        "aws sqs start-message-move-task --source-arn ",
        {"Fn::GetAtt": [dead, "Arn"]},
        " --destination-arn ",
        {"Fn::GetAtt": [queue, "Arn"]},
    ]

"""The registrar's own way into the clusters, and the outputs of a hub."""

from __future__ import annotations

import json
from typing import Any

import pytest
from infra_stage import Template, logical_id, properties, resources, the_hub

from registrar.marks import Marks
from registrar.sinks.map_roles import read_map_roles

MARKS = Marks("eks-registrar")


@pytest.fixture(scope="module")
def hub() -> Template:
    """A hub with one cluster of each kind of access."""
    return the_hub("one-region", "us-east-1")


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
    command = text_of(output(hub, "NetworkpublicAccessprod"), "arn:aws:iam::123456789012:role/r")
    assert command.startswith("kubectl -n kube-system edit configmap aws-auth")
    row = command.partition("under mapRoles: ")[2]
    read = read_map_roles(row + "\n", MARKS)
    assert (read.ours, [foreign.groups for foreign in read.foreign]) == ((), [("eks-registrar-controller",)])
    assert json.loads(row.removeprefix("- ")) == {
        "rolearn": "arn:aws:iam::123456789012:role/r",
        "username": "eks-registrar-controller:{{SessionName}}",
        "groups": ["eks-registrar-controller"],
    }


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

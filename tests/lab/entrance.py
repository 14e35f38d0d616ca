"""What a test of access entries does in the lab: make and change them, and act as their roles."""

import json
import subprocess
import uuid
from typing import Any

import pytest
from stage import ACCOUNT, Stage, a_name, eventually, trusting

from lab.kubeconfig import aws_command
from lab.local_eks import LocalEks
from lab.settings import CLUSTER

VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"


class Entrance(Stage):
    """A lab whose doors are access entries."""

    @property
    def eks(self) -> Any:
        """EKS as the account's administrator."""
        return self.lab.aws.client("eks")

    def new_role(self, path: str = "/") -> str:
        """Create a role; returns its ARN."""
        made = self.iam.create_role(RoleName=a_name("role"), Path=path, AssumeRolePolicyDocument=trusting(AWS=ACCOUNT))
        return str(made["Role"]["Arn"])

    def enter(self, role: str, **asked: Any) -> None:
        """Make the role's access entry."""
        self.eks.create_access_entry(clusterName=CLUSTER, principalArn=role, **asked)

    def leave(self, role: str) -> None:
        """Remove it."""
        self.eks.delete_access_entry(clusterName=CLUSTER, principalArn=role)

    def associate(self, role: str, policy: str, *namespaces: str) -> None:
        """Associate an access policy, in namespaces or in the cluster."""
        scope = {"type": "namespace", "namespaces": list(namespaces)} if namespaces else {"type": "cluster"}
        self.eks.associate_access_policy(clusterName=CLUSTER, principalArn=role, policyArn=policy, accessScope=scope)

    def arn(self, name: str) -> str:
        """The ARN of a role."""
        return str(self.iam.get_role(RoleName=name)["Role"]["Arn"])

    def entry(self, name: str) -> dict[str, Any] | None:
        """The access entry of the role of that name, whatever its path; None if there is none."""
        for page in self.eks.get_paginator("list_access_entries").paginate(clusterName=CLUSTER):
            for arn in page["accessEntries"]:
                if arn.rpartition("/")[2] == name:
                    return dict(self.eks.describe_access_entry(clusterName=CLUSTER, principalArn=arn)["accessEntry"])
        return None

    def policies(self, name: str) -> dict[str, list[str]]:
        """The access policies of that role's entry, and the namespaces of each: none for the whole cluster."""
        entry = self.entry(name)
        arn = entry["principalArn"] if entry else self.arn(name)
        found = self.eks.list_associated_access_policies(clusterName=CLUSTER, principalArn=arn)
        return {
            one["policyArn"].rpartition("/")[2]: sorted(one["accessScope"].get("namespaces", []))
            for one in found["associatedAccessPolicies"]
        }

    def who(self, role: str) -> dict[str, Any] | None:
        """Who the cluster takes a new session of the role for; None where it does not know them."""
        shown = self.as_role(role, "auth", "whoami", "-o", "json")
        if shown.returncode == 0:
            return dict(json.loads(shown.stdout)["status"]["userInfo"])
        assert "Unauthorized" in shown.stderr
        return None

    def eventually_allowed(self, role: str, *arguments: str) -> bool:
        """Whether the role's own kubectl comes to be allowed something."""
        return bool(eventually(lambda: self.as_role(role, *arguments).returncode == 0))

    def refused(self, role: str, *arguments: str) -> str:
        """How the role's own kubectl is refused."""
        answer: subprocess.CompletedProcess[str] = self.as_role(role, *arguments)
        assert answer.returncode != 0
        return answer.stderr


def on_its_first_day(lab: LocalEks, monkeypatch: pytest.MonkeyPatch) -> Entrance:
    """A lab as new, its AWS as the one that boto3 finds, and no role that asks for anything."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", lab.aws.endpoint_url)
    lab.reset()
    entrance = Entrance(lab)
    entrance.untag_everybody()
    return entrance


def change_mode(entrance: Entrance, mode: str) -> None:
    """UpdateClusterConfig, and wait until the cluster is active again."""
    asked = {"name": CLUSTER, "accessConfig": {"authenticationMode": mode}, "clientRequestToken": str(uuid.uuid4())}
    update = entrance.eks.update_cluster_config(**asked)["update"]
    entrance.eks.get_waiter("cluster_active").wait(name=CLUSTER, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    followed = entrance.eks.describe_update(name=CLUSTER, updateId=update["id"])["update"]
    assert (followed["status"], followed["errors"]) == ("Successful", [])
    assert entrance.lab.mode == mode


def aws_cli(environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    """The AWS CLI with these credentials."""
    return subprocess.run(
        [aws_command(), "eks", *arguments, "--output", "json"],
        env=environment | {"AWS_PAGER": ""}, capture_output=True, text=True, check=False,
    )  # fmt: skip

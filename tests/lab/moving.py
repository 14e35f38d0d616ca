"""What a test of `eks-registrar migrate` does: rows of people in aws-auth, their own clients, a person's command."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from asking import Asking
from entrance import ACCOUNT, Entrance
from stage import a_name, eventually

from lab.kubeconfig import Cluster, aws_command, of_role
from lab.local_eks import LocalEks
from lab.settings import CLUSTER
from registrar import cli

SETTLE = "8"
"""Seconds: in the lab an entry counts after one or two."""
NODES = f"arn:aws:iam::{ACCOUNT}:role/lab-node-role"


@dataclass(frozen=True)
class Mover:
    """A person who administers account and cluster, at a terminal, with a folder for the way back."""

    entrance: Entrance
    capsys: pytest.CaptureFixture[str]
    folder: Path

    @classmethod
    def at(
        cls, lab: LocalEks, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path
    ) -> Mover:
        """That person, whose AWS and whose kubeconfig are those of this lab."""
        for key, value in lab.environment().items():
            monkeypatch.setenv(key, value)
        return cls(Entrance(lab), capsys, folder)

    def says(self, *arguments: str) -> tuple[int, str]:
        """The exit code and what was printed."""
        program = str(self.entrance.lab.kubectl_path)
        keeping = ("--kubectl", program, "--keep", str(self.folder), "--settle", SETTLE)
        status = cli.main(["migrate", "--cluster", "lab", *keeping, *arguments])
        said = self.capsys.readouterr()
        return status, said.out + said.err

    def json(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        """The exit code and what is said of the cluster."""
        status, said = self.says(*arguments, "--output", "json")
        [cluster] = json.loads(said)["clusters"]
        return status, cluster

    def runs(self, script: str) -> subprocess.CompletedProcess[str]:
        """Run a script of the way back, as a person's shell would."""
        lab = self.entrance.lab
        places = (lab.kubectl_path.parent, Path(aws_command()).parent, os.environ["PATH"])
        environment = lab.environment() | {"PATH": ":".join(map(str, places)), "HOME": str(lab.folder.root)}
        command = ["sh", str(self.folder / script)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@dataclass(frozen=True)
class Person:
    """Somebody with a kubectl of their own. ``config`` is their kubeconfig, of a role with a new session each time."""

    entrance: Entrance
    arn: str
    config: Callable[[], Path]

    def asks(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One command of theirs."""
        return self.entrance.lab.kubectl(*arguments, kubeconfig=self.config(), check=False)

    def who(self) -> tuple[str, list[str]] | None:
        """The username (but for the session's name) and the groups that the cluster knows; None where it does not."""
        shown = self.asks("auth", "whoami", "-o", "json")
        if shown.returncode:
            assert "Unauthorized" in shown.stderr
            return None
        user = json.loads(shown.stdout)["status"]["userInfo"]
        return user["username"].partition(":s-")[0], sorted(user["groups"])


def role_of(entrance: Entrance, path: str = "/") -> Person:
    """A new role."""
    arn = entrance.new_role(path)
    return Person(entrance, arn, lambda: entrance.lab.kubeconfig_for_role(arn, session=a_name("s")))


def user_of(entrance: Entrance, path: str = "/") -> Person:
    """A new IAM user with an access key."""
    name, lab = a_name("user"), entrance.lab
    arn = entrance.iam.create_user(UserName=name, Path=path)["User"]["Arn"]
    key = entrance.iam.create_access_key(UserName=name)["AccessKey"]
    own = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    cluster = Cluster(CLUSTER, lab.endpoint, lab.folder.secrets / "ca.pem")
    text = of_role(cluster, name, lab.aws.admin_environment() | own)
    config = lab.folder.write_secret(lab.folder.kubeconfigs / f"user-{name}.yaml", text)
    return Person(entrance, arn, lambda: config)


@dataclass(frozen=True)
class People:
    """Who gets in by aws-auth alone: a developer (role with a path), an administrator, a user, a guest (by account)."""

    team: str
    developer: Person
    administrator: Person
    user: Person
    guest: Person

    @classmethod
    def move_in(cls, entrance: Entrance) -> People:
        """Make them, bind what they are bound by, and put their rows into aws-auth as people write them."""
        team, group = entrance.namespace(), a_name("group")
        people = cls(
            team, role_of(entrance, "/teams/blue/"), role_of(entrance), user_of(entrance, "/staff/"), role_of(entrance)
        )
        lab = entrance.lab
        lab.kubectl("create", "rolebinding", group, "--clusterrole=edit", f"--group={group}", "-n", team)
        lab.kubectl("create", "rolebinding", "u", "--clusterrole=view", "--user=ann", "-n", team)
        lab.kubectl("create", "rolebinding", "g", "--clusterrole=view", f"--user={people.guest.arn}", "-n", team)
        developer = f"arn:aws:iam::{ACCOUNT}:role/{people.developer.arn.rpartition('/')[2]}"
        put_rows(
            entrance,
            mapRoles=(
                f"- rolearn: {developer}\n  username: old\n  groups: [nobody]\n# their lead asked for it\n"
                f"- rolearn: {developer}\n  username: 'dev:{{{{SessionName}}}}'\n  groups:\n  - {group} # edit there\n"
                f"- {{rolearn: {people.administrator.arn}, username: 'ops:{{{{SessionName}}}}', "
                "groups: ['system:masters']}\n"
            ),
            mapUsers=f"- userarn: {people.user.arn}\n  username: ann\n",
            mapAccounts=f'- "{ACCOUNT}"\n',
        )
        assert eventually(lambda: all(people.refused(person) is None for person in people.requests()))
        return people

    def requests(self) -> dict[Person, Sequence[str]]:
        """Of each something that they may do, and nobody without a right."""
        in_team = ("-n", self.team)
        return {
            self.developer: ("get", "secrets", *in_team),
            self.administrator: ("get", "secrets", "-A"),
            self.user: ("get", "pods", *in_team),
            self.guest: ("get", "pods", *in_team),
        }

    def refused(self, person: Person) -> str | None:
        """Why their request failed, None if it did not."""
        answer = person.asks(*self.requests()[person])
        return answer.stderr if answer.returncode else None

    @contextmanager
    def asking(self) -> Iterator[Asked]:
        """Let all of them ask all the while, each with a kubectl of their own."""
        with ExitStack() as stack:
            clients = {one.arn: stack.enter_context(Asking(partial(self.refused, one))) for one in self.requests()}
            yield Asked(clients)


@dataclass(frozen=True)
class Asked:
    """Their clients, by ARN."""

    clients: Mapping[str, Asking]

    @property
    def counts(self) -> dict[str, int]:
        """How often each asked."""
        return {arn: client.requests for arn, client in self.clients.items()}

    @property
    def refusals(self) -> list[str]:
        """Each refusal, and whose."""
        return [f"{arn}: {refusal}" for arn, client in self.clients.items() for refusal in client.refusals]


def put_rows(entrance: Entrance, **lists: str) -> None:
    """Write at the end of lists of aws-auth, as an administrator would."""
    data = entrance.data()
    patch = {"data": {key: data.get(key, "") + text for key, text in lists.items()}}
    entrance.lab.kubectl("patch", "configmap", "aws-auth", "-n", "kube-system", "--type=merge", "-p", json.dumps(patch))

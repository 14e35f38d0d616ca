"""The AWS side of a lab as one object: started with its clusters, asked for credentials, given a function."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import urllib3

from lab.aws import registrar_role
from lab.aws.account import Account
from lab.aws.deployed import DeployedFunction
from lab.aws.eks.behaviour import BEHAVIOUR_PATH, Behaviour
from lab.aws.eks.updates import UPDATES_PATH
from lab.aws.facts import CHECKOUT, AuthorizerFacts, ClusterFacts
from lab.aws.faults import FAULTS_PATH, Fault
from lab.aws.function import Function, FunctionError
from lab.aws.permission_sets import PERMISSION_SETS_PATH
from lab.aws.server import ServerConfig
from lab.aws.settings import FunctionSettings
from lab.aws.sts_hosts import sts_hosts
from lab.aws.wire import answers
from lab.pki import CertificateAuthority
from lab.ports import LOOPBACK, free_port
from lab.process import ProcessGroup

__all__ = ["AuthorizerFacts", "AwsSide", "Behaviour", "ClusterFacts", "Fault", "FunctionError", "FunctionSettings"]

_SESSION_S = 12 * 3600


@dataclass
class AwsSide:
    """AWS, as far as a lab needs it, on loopback.

    Attributes:
        account: the account and region of the first cluster.
        accounts: those of all clusters.
        sts_proxy_url: ``HTTPS_PROXY`` for whoever must reach STS under its real name (the authenticator).
        function_log: what the function and its event source print.
        calls_log: what AWS was asked, by whom (``journal.read`` reads it).

    """

    account: Account
    accounts: tuple[str, ...]
    sts_proxy_url: str
    function_log: Path
    calls_log: Path
    _processes: ProcessGroup = field(repr=False)
    _function: Function | None = None

    @classmethod
    def start(
        cls,
        folder: Path,
        processes: ProcessGroup,
        ca: CertificateAuthority,
        clusters: Sequence[ClusterFacts],
        *,
        authorizer: AuthorizerFacts | None = None,
        registrar_rights: Sequence[Mapping[str, Any]] = (),
    ) -> "AwsSide":
        """Start moto and the STS proxy, make the administrators and the registrar's role.

        Args:
            folder: for files and logs of this side.
            processes: what starts and ends with the lab.
            ca: issues the certificate of the STS hosts.
            clusters: at least one.
            authorizer: where to serve the authorization webhook of the first cluster's API server.
            registrar_rights: policy documents of the registrar's role, beside what it always has.

        Raises:
            lab.process.LabProcessError: if the process does not come up; the message ends with its log.

        """
        folder.mkdir(parents=True, exist_ok=True)
        config = _write_config(folder, ca, clusters, authorizer)
        config_path = folder / "server.json"
        config.save(config_path)
        processes.start(
            "aws",
            [sys.executable, "-m", "lab.aws.server", str(config_path)],
            {"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT), "AWS_EC2_METADATA_DISABLED": "true"},
            folder / "aws.log",
            ready=lambda: answers(config.port) and answers(config.proxy_port),
        )
        home = clusters[0]
        endpoint_url = f"http://{LOOPBACK}:{config.port}"
        account = Account.read(Path(config.administrators), home.account, home.region, endpoint_url)
        registrar_role.create(account, registrar_rights)
        return cls(
            account=account,
            accounts=tuple(sorted({cluster.account for cluster in clusters})),
            sts_proxy_url=f"http://{LOOPBACK}:{config.proxy_port}",
            function_log=folder / "function.log",
            calls_log=Path(config.calls),
            _processes=processes,
        )

    @property
    def endpoint_url(self) -> str:
        """``AWS_ENDPOINT_URL`` for everything."""
        return self.account.endpoint_url

    @property
    def queue_url(self) -> str:
        """The function's queue; known once the function is started."""
        return self._started().queues.url

    @property
    def dead_letter_queue_url(self) -> str:
        """The function's dead-letter queue; known once the function is started."""
        return self._started().queues.dead_letter_url

    def client(self, service: str) -> Any:
        """A boto3 client of the account's administrator."""
        return self.account.client(service)

    def admin_environment(self) -> dict[str, str]:
        """``AWS_*`` of the account's administrator."""
        return self.account.administrator_environment()

    def role_environment(self, role_name_or_arn: str, session: str = "lab") -> dict[str, str]:
        """``AWS_*`` of a session of a role, for 12 hours; raises as :meth:`Account.role_environment` does."""
        return self.account.role_environment(role_name_or_arn, session, _SESSION_S)

    def start_function(self, environment: Mapping[str, str], settings: FunctionSettings | None = None) -> None:
        """Start the function and feed it with the events of IAM.

        Args:
            environment: the function's variables. Lambda's own, the credentials of the registrar's role among them,
                and ``REGISTRAR_DLQ_URL`` win over them.
            settings: how it runs; None is the lab's usual way.

        Raises:
            lab.aws.runtime.RuntimeMissing: if this machine cannot run it.
            lab.process.LabProcessError: if its process does not come up; the message ends with its log.

        """
        self._function = Function.start(
            self.account, self.accounts, self._processes, self.function_log, environment, settings or FunctionSettings()
        )

    def run_deployed_function(self, name: str, alias: str) -> DeployedFunction:
        """Run a function that a stack has deployed, and feed it from the queue that the stack has given it.

        Raises:
            botocore.exceptions.ClientError: if there is none.
            lab.process.LabProcessError: if its process does not come up; the message ends with its log.

        """
        deployed = DeployedFunction.read(self.account, name, alias)
        folder = self.function_log.parent / "deployed"
        folder.mkdir()
        self._function = deployed.start(self._processes, folder, self.function_log)
        return deployed

    def invoke(self, payload: dict[str, Any]) -> Any:
        """Invoke the function by hand, beside its event source, and return its answer.

        Raises:
            FunctionError: if the function raised, timed out or ended.

        """
        return self._started().invoke(payload)

    def create_permission_set_role(self, permission_set: str, region: str | None = None) -> str:
        """Provision a permission set as IAM Identity Center does, and return the role's ARN.

        Args:
            permission_set: its name.
            region: of Identity Center if the role's path names one (it does outside us-east-1).

        """
        asked = {"permissionSet": permission_set, "pathRegion": region}
        answer = self._hook("POST", PERMISSION_SETS_PATH, self._where() | asked)
        return answer.partition("<Arn>")[2].partition("</Arn>")[0]

    def delete_permission_set_role(self, role_name: str) -> None:
        """Take a permission set's role away, as a re-provisioning does before it makes the next one."""
        self._hook("DELETE", PERMISSION_SETS_PATH, self._where() | {"roleName": role_name})

    def let_fail(self, fault: Fault) -> None:
        """Answer the next calls of an action with an error, whoever makes them."""
        self._hook("POST", FAULTS_PATH, asdict(fault))

    def heal(self) -> None:
        """Take away all faults that are yet to come."""
        self._hook("DELETE", FAULTS_PATH, {})

    def behave(self, behaviour: Behaviour) -> None:
        """Let EKS behave so from now on; ``Behaviour()`` is its usual way."""
        self._hook("POST", BEHAVIOUR_PATH, asdict(behaviour))

    def end_update(self, cluster: ClusterFacts, update: str, error: str | None) -> None:
        """Tell EKS that a cluster's authenticator follows the new mode, or why it does not."""
        where = {"account": cluster.account, "region": cluster.region, "name": cluster.name}
        self._hook("POST", UPDATES_PATH, where | {"update": update, "error": error})

    def _where(self) -> dict[str, str | None]:
        return {"account": self.account.number, "region": self.account.region}

    def _hook(self, method: str, path: str, asked: Mapping[str, Any]) -> str:
        response = urllib3.request(method, f"{self.endpoint_url}{path}", body=json.dumps(asked), retries=False)
        text = response.data.decode()
        if response.status != 200:
            raise RuntimeError(f"the lab's hook {path} could not {method} {asked}: {text}")
        return text

    def _started(self) -> Function:
        if self._function is None:
            raise RuntimeError("this lab's function is not started: it has no queue and cannot be invoked yet")
        return self._function


def _write_config(
    folder: Path, ca: CertificateAuthority, clusters: Sequence[ClusterFacts], authorizer: AuthorizerFacts | None
) -> ServerConfig:
    certificate, key = ca.issue("sts.amazonaws.com", dns=sorted(sts_hosts()))
    path = folder / "sts.pem"
    path.touch(mode=0o600)
    path.write_text(certificate + key)
    return ServerConfig(
        port=free_port(),
        proxy_port=free_port(),
        certificate=str(path),
        administrators=str(folder / "administrators.json"),
        calls=str(folder / "calls.jsonl"),
        clusters=tuple(clusters),
        authorizer=authorizer,
    )

"""The AWS side of a lab as one object: started with its clusters, asked for credentials, given a function."""

import json
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import urllib3

from lab.aws.facts import IAM_EVENT_REGION, ClusterFacts, partition_of
from lab.aws.messaging import Queues, create_queues, create_rule
from lab.aws.permission_sets import HOOK_PATH
from lab.aws.runtime import find_rie
from lab.aws.server import ServerConfig
from lab.aws.settings import FunctionConfig, FunctionSettings
from lab.aws.sts_hosts import sts_hosts
from lab.pki import CertificateAuthority
from lab.ports import LOOPBACK, free_port
from lab.process import ProcessGroup

__all__ = ["AwsSide", "ClusterFacts", "FunctionError", "FunctionSettings"]

REGISTRAR_ROLE = "eks-registrar"
_CHECKOUT = Path(__file__).parents[2]
_LAMBDA_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
_SESSION_S = 12 * 3600
# Lambda renews the credentials of its functions; those of the lab's are made once and outlive it.
_FUNCTION_SESSION_S = 30 * 24 * 3600

_FUNCTION_DEFAULTS = {
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
    # Nothing listens for traces here.
    "POWERTOOLS_TRACE_DISABLED": "true",
    "AWS_XRAY_SDK_ENABLED": "false",
}


class FunctionError(RuntimeError):
    """The function ended an invocation with an error; the message holds its type and text."""


@dataclass
class AwsSide:
    """AWS, as far as a lab needs it, on loopback.

    Attributes:
        endpoint_url: ``AWS_ENDPOINT_URL`` for everything.
        sts_proxy_url: ``HTTPS_PROXY`` for whoever must reach STS under its real name (the authenticator).
        region: of the first cluster; its account is the lab's account.
        function_log: what the function and its event source print.

    """

    endpoint_url: str
    sts_proxy_url: str
    region: str
    account: str
    function_log: Path
    _folder: Path = field(repr=False)
    _processes: ProcessGroup = field(repr=False)
    _administrator: boto3.Session = field(repr=False)
    _accounts: tuple[str, ...]
    _queues: Queues | None = None
    _function_url: str = ""

    @classmethod
    def start(
        cls, folder: Path, processes: ProcessGroup, ca: CertificateAuthority, clusters: Sequence[ClusterFacts]
    ) -> "AwsSide":
        """Start moto and the STS proxy, make the administrators and the registrar's role.

        Args:
            folder: for files and logs of this side.
            processes: what starts and ends with the lab.
            ca: issues the certificate of the STS hosts.
            clusters: at least one.

        Raises:
            lab.process.LabProcessError: if the process does not come up; the message ends with its log.

        """
        folder.mkdir(parents=True, exist_ok=True)
        config = _write_config(folder, ca, clusters)
        config_path = folder / "server.json"
        config.save(config_path)
        endpoint_url = f"http://{LOOPBACK}:{config.port}"
        processes.start(
            "aws",
            [sys.executable, "-m", "lab.aws.server", str(config_path)],
            _process_environment(),
            folder / "aws.log",
            ready=lambda: _answers(config.port) and _answers(config.proxy_port),
        )
        region, account = clusters[0].region, clusters[0].account
        keys = json.loads(Path(config.administrators).read_text())[account]
        side = cls(
            endpoint_url=endpoint_url,
            sts_proxy_url=f"http://{LOOPBACK}:{config.proxy_port}",
            region=region,
            account=account,
            function_log=folder / "function.log",
            _folder=folder,
            _processes=processes,
            _administrator=boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], region_name=region),
            _accounts=tuple(sorted({cluster.account for cluster in clusters})),
        )
        side.client("iam").create_role(RoleName=REGISTRAR_ROLE, AssumeRolePolicyDocument=json.dumps(_LAMBDA_TRUST))
        return side

    @property
    def queue_url(self) -> str:
        """The function's queue; known once the function is started."""
        return self._started_queues().url

    @property
    def dead_letter_queue_url(self) -> str:
        """The function's dead-letter queue; known once the function is started."""
        return self._started_queues().dead_letter_url

    def client(self, service: str) -> Any:
        """A boto3 client of the account's administrator."""
        return self._administrator.client(service, endpoint_url=self.endpoint_url)  # type: ignore[call-overload]

    def admin_environment(self) -> dict[str, str]:
        """``AWS_*`` of the account's administrator."""
        credentials = self._administrator.get_credentials()
        assert credentials is not None  # the session was made with them
        return self._environment(credentials.access_key, credentials.secret_key)

    def role_environment(self, role_name_or_arn: str, session: str = "lab") -> dict[str, str]:
        """``AWS_*`` of a session of a role. Lasts 12 hours.

        The lab lets the administrator assume any role that exists: it does not read trust policies.

        Raises:
            botocore.exceptions.ClientError: ``NoSuchEntity`` or ``AccessDenied`` if there is no such role.

        """
        return self._role_environment(role_name_or_arn, session, _SESSION_S)

    def create_permission_set_role(self, permission_set: str, region: str | None = None) -> str:
        """Provision a permission set as IAM Identity Center does, and return the role's ARN.

        Args:
            permission_set: its name.
            region: of Identity Center if the role's path names one (it does outside us-east-1).

        """
        asked = {"account": self.account, "region": self.region, "permissionSet": permission_set, "pathRegion": region}
        answer = self._hook("POST", asked)
        return answer.partition("<Arn>")[2].partition("</Arn>")[0]

    def delete_permission_set_role(self, role_name: str) -> None:
        """Take a permission set's role away, as a re-provisioning does before it makes the next one."""
        self._hook("DELETE", {"account": self.account, "region": self.region, "roleName": role_name})

    def start_function(self, environment: Mapping[str, str], settings: FunctionSettings | None = None) -> None:
        """Make rule and queues, start the function under the runtime interface, and feed it.

        Args:
            environment: the function's variables. Lambda's own, the credentials of the registrar's role among them,
                win over them.
            settings: how it runs; None is the lab's usual way.

        Raises:
            lab.aws.runtime.RuntimeMissing: if this machine cannot run it.

        """
        settings = _with_code(settings or FunctionSettings())
        find_rie(self._folder)
        events_region = IAM_EVENT_REGION[partition_of(self.region)]
        sqs = self._administrator.client("sqs", region_name=events_region, endpoint_url=self.endpoint_url)
        self._queues = create_queues(sqs, settings.visibility_timeout_s, settings.max_receive_count)
        create_rule(self._administrator, events_region, self.endpoint_url, self._accounts, self._queues.arn)
        config = FunctionConfig(
            settings=settings,
            port=free_port(),
            folder=self._folder,
            region=events_region,
            endpoint_url=self.endpoint_url,
            queue_url=self._queues.url,
            queue_arn=self._queues.arn,
        )
        config_path = self._folder / "function.json"
        config.save(config_path)
        self._processes.start(
            "function",
            [sys.executable, "-m", "lab.aws.function_process", str(config_path)],
            {"PATH": os.environ["PATH"]} | _FUNCTION_DEFAULTS | dict(environment) | self._reserved_environment(settings),
            self.function_log,
            ready=lambda: _answers(config.port),
        )
        self._function_url = f"http://{LOOPBACK}:{config.port}/2015-03-31/functions/{REGISTRAR_ROLE}/invocations"

    def invoke(self, payload: dict[str, Any]) -> Any:
        """Invoke the function by hand, beside its event source, and return its answer.

        Raises:
            FunctionError: if the function raised, timed out or ended.

        """
        response = urllib3.request("POST", self._function_url, body=json.dumps(payload), retries=False, timeout=600.0)
        if response.status != 200 or "X-Amz-Function-Error" in response.headers:
            raise FunctionError(f"the function failed: {response.data.decode(errors='replace')}")
        return json.loads(response.data)

    def _role_environment(self, role_name_or_arn: str, session: str, duration_s: int) -> dict[str, str]:
        arn = role_name_or_arn
        if not arn.startswith("arn:"):
            arn = self.client("iam").get_role(RoleName=role_name_or_arn)["Role"]["Arn"]
        answer = self.client("sts").assume_role(RoleArn=arn, RoleSessionName=session, DurationSeconds=duration_s)
        issued = answer["Credentials"]
        environment = self._environment(issued["AccessKeyId"], issued["SecretAccessKey"])
        return environment | {"AWS_SESSION_TOKEN": issued["SessionToken"]}

    def _environment(self, access_key_id: str, secret_access_key: str) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ACCESS_KEY_ID": access_key_id,
            "AWS_SECRET_ACCESS_KEY": secret_access_key,
        }

    def _reserved_environment(self, settings: FunctionSettings) -> dict[str, str]:
        """What Lambda itself sets and no function can change.

        https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
        """
        return self._role_environment(REGISTRAR_ROLE, REGISTRAR_ROLE, _FUNCTION_SESSION_S) | {
            "PYTHONPATH": str(_CHECKOUT),
            "LAMBDA_TASK_ROOT": str(settings.code),
            "AWS_LAMBDA_FUNCTION_NAME": REGISTRAR_ROLE,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(settings.memory_mib),
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(settings.timeout_s),
        }

    def _hook(self, method: str, asked: dict[str, Any]) -> str:
        response = urllib3.request(method, f"{self.endpoint_url}{HOOK_PATH}", body=json.dumps(asked), retries=False)
        text = response.data.decode()
        if response.status != 200:
            raise RuntimeError(f"the lab's Identity Center could not {method} {asked}: {text}")
        return text

    def _started_queues(self) -> Queues:
        if self._queues is None:
            raise RuntimeError("this lab has no queue yet: start its function first")
        return self._queues


def _write_config(folder: Path, ca: CertificateAuthority, clusters: Sequence[ClusterFacts]) -> ServerConfig:
    certificate, key = ca.issue("sts.amazonaws.com", dns=sorted(sts_hosts()))
    path = folder / "sts.pem"
    path.touch(mode=0o600)
    path.write_text(certificate + key)
    return ServerConfig(
        port=free_port(),
        proxy_port=free_port(),
        certificate=str(path),
        administrators=str(folder / "administrators.json"),
        clusters=tuple(clusters),
    )


def _process_environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(_CHECKOUT), "AWS_EC2_METADATA_DISABLED": "true"}


def _with_code(settings: FunctionSettings) -> FunctionSettings:
    code = settings.code or _CHECKOUT / "functions"
    return FunctionSettings(**{**settings.__dict__, "code": code.resolve()})


def _answers(port: int) -> bool:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1.0):
            return True
    except OSError:
        return False

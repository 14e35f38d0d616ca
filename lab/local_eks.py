"""The local EKS as one object: the command line and the tests start it by the same code."""

import os
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from socket import socket
from types import TracebackType
from typing import TYPE_CHECKING, Self

from lab import (
    authenticator,
    binaries,
    cluster_in_aws,
    containers,
    day_one,
    day_one_entries,
    environments,
    kubeconfig,
    registrar_rights,
    way_in,
)
from lab.access_mode import ModeKeeper
from lab.authenticator import Authenticator, RunningAuthenticator
from lab.authorizer import AuthorizationWebhook
from lab.aws.facts import ClusterFacts
from lab.control_plane import ControlPlane
from lab.kubernetes_api import KubernetesApi
from lab.pki import CertificateAuthority
from lab.process import ProcessGroup
from lab.settings import API, CONFIG_MAP, CONFIGURATION, LabFolder
from registrar.policy import Policy

if TYPE_CHECKING:
    from lab.aws.side import AwsSide

Report = Callable[[str], None]


class LocalEks:
    """A running local EKS. Make one by :meth:`start`; used as a context manager it stops at the end.

    Attributes:
        folder: its files.
        aws: the AWS side: moto, the STS front, the events and, if asked for, the registrar's function.
        endpoint: ``https://127.0.0.1:PORT`` of the API server.
        ca_pem: the certificate that vouches for it.
        api: plain requests as an administrator.
        admin_kubeconfig: of a member of ``system:masters``.
        audit_log: the API server's audit log, JSON lines, level Metadata, one event per request (``ResponseComplete``).
        configuration: the ``registrar.yaml`` in force.
        policy: what it says.

    """

    def __init__(self, folder: LabFolder, policy: Policy, control_plane: ControlPlane, mode: str) -> None:
        self.folder = folder
        self.policy = policy
        self.api = control_plane.api()
        self.configuration = folder.configuration
        self.endpoint = control_plane.endpoint
        self.ca_pem = control_plane.ca.cert_pem
        self.admin_kubeconfig = control_plane.kubeconfig_of("lab:admin", control_plane.admin)
        self.audit_log = folder.audit_log
        self.aws: AwsSide
        self._control_plane = control_plane
        self._processes = ProcessGroup()
        self._health_port: socket | None = None
        self._first_mode = mode
        self._authenticator: RunningAuthenticator | None = None
        self._mode_keeper: ModeKeeper | None = None

    @classmethod
    def start(
        cls,
        folder: Path,
        config_text: str | None = None,
        with_function: bool = True,
        report: Report = lambda _: None,
        containers_at: str | None = None,
        mode: str = CONFIG_MAP,
    ) -> Self:
        """Start all parts and return when a role could use the cluster.

        Args:
            folder: where its files go; what a lab of before left there is replaced.
            config_text: another ``registrar.yaml`` than ``lab/registrar.yaml``; its cluster must be ``lab``.
            with_function: whether IAM events reach the registrar's function by themselves.
            report: is told each step with the seconds since the start.
            containers_at: an address of this host at which containers shall reach AWS and the API server as well; None
                is loopback only.
            mode: the cluster's authenticationMode. In ``API`` there is no aws-auth.

        Raises:
            lab.errors.LabError: if ``config_text`` is bad, a binary cannot be had or a part does not start. Nothing is
                left running then.

        """
        text = CONFIGURATION.read_text() if config_text is None else config_text
        policy = registrar_rights.load(text)
        found = binaries.ensure(report=report)
        files = LabFolder.prepare(folder)
        files.configuration.write_text(text)
        ca = CertificateAuthority.create(files.secrets)
        lab = cls(files, policy, ControlPlane.prepare(files, ca, found), mode)
        try:
            lab._start_parts(with_function, _timed(report))
            if containers_at:
                urls = (lab.endpoint, lab.aws.endpoint_url)
                containers.start_relay(lab._processes, files.logs / "relay.log", containers_at, urls)
        except BaseException:
            lab.stop()
            raise
        return lab

    def stop(self) -> None:
        """Stop every part; the API server before etcd, nothing later than a second."""
        if self._mode_keeper is not None:
            self._mode_keeper.stop()
        self._processes.stop_all()
        if self._health_port is not None:
            self._health_port.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def kubectl_path(self) -> Path:
        """The kubectl that the lab uses."""
        return self._control_plane.binaries["kubectl"]

    @property
    def mode(self) -> str:
        """The cluster's authenticationMode, as its authenticator follows it."""
        return self._authenticator.mode if self._authenticator else self._first_mode

    def parts(self) -> dict[str, bool]:
        """The processes by name, and whether each still runs."""
        return {process.name: process.is_running() for process in self._processes.processes}

    def kubectl(
        self, *arguments: str, kubeconfig: Path | None = None, check: bool = True, stdin: str | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run kubectl, as the administrator unless another kubeconfig is given.

        Raises:
            subprocess.CalledProcessError: if it fails and ``check`` is set; its ``stderr`` says why.

        """
        environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(self.folder.root)}
        return subprocess.run(
            [str(self.kubectl_path), *arguments],
            env=environment | {"KUBECONFIG": str(kubeconfig or self.admin_kubeconfig)},
            input=stdin,
            capture_output=True,
            text=True,
            check=check,
        )

    def reset(self) -> None:
        """Put the cluster back to its first day for the next test: aws-auth, access entries, the registrar's bindings.

        IAM is left alone: let each test name its own roles. So is the mode, which knows no way back. Returns when the
        cluster knows the registrar again; raises LabProcessError if it does not, or if the API server refuses a step.
        """
        day_one.reset(self.api, self.policy.installation, with_aws_auth=self.mode != API)
        if self.mode != CONFIG_MAP:
            day_one_entries.reset(self.aws.account, self.policy)
        if self._authenticator is not None:
            entries = None if self.mode == CONFIG_MAP else self._authenticator.webhook.dynamic_file
            way_in.wait(KubernetesApi(self.endpoint, self.ca_pem), self.aws, self.policy, entries)

    def kubeconfig_for_role(self, arn_or_name: str, session: str = "lab") -> Path:
        """The kubeconfig of a session of that role, as its user would have it (``aws eks get-token``).

        The role must exist in IAM; whether it may use the cluster is what the kubeconfig is for.
        """
        text = self.kubeconfig_text_for_role(arn_or_name, session)
        name = arn_or_name.rpartition("/")[2]
        return self.folder.write_secret(self.folder.kubeconfigs / f"role-{name}-{session}.yaml", text)

    def kubeconfig_text_for_role(self, arn_or_name: str, session: str = "lab") -> str:
        """What :meth:`kubeconfig_for_role` writes."""
        credentials = self.aws.role_environment(arn_or_name, session)
        return kubeconfig.of_role(self._control_plane.cluster, arn_or_name.rpartition("/")[2], credentials)

    def environment(self) -> dict[str, str]:
        """What a person's shell needs (``.lab/env``): an administrator of the account and of the cluster."""
        return environments.of_person(self.aws, self.configuration, self.admin_kubeconfig)

    def container_environment(self) -> dict[str, str]:
        """What the function needs to run in a container; the lab must have been started with ``containers_at``."""
        return environments.of_container(self.aws)

    def registrar_environment(self) -> dict[str, str]:
        """The environment of the registrar's function: a session of its role, and nothing of an administrator's."""
        return environments.of_registrar(self.aws, self.configuration)

    def _start_parts(self, with_function: bool, report: Report) -> None:
        api, processes = self.api, self._processes
        webhook = Authenticator.prepare(self._control_plane)
        authorizer = AuthorizationWebhook.prepare(self._control_plane)
        cluster = cluster_in_aws.facts(self._control_plane, webhook, self.mode, self.policy)
        self._health_port = authenticator.hold_health_port()
        with ThreadPoolExecutor(max_workers=1) as beside:
            aws_side = beside.submit(
                cluster_in_aws.start, self._control_plane, processes, cluster, authorizer, self.policy
            )
            self._control_plane.start(processes, webhook.webhook_kubeconfig, authorizer.kubeconfig)
            report("etcd and kube-apiserver are ready")
            self._control_plane.start_controller_manager(processes)
            day_one.create_kube_system(api)
            if self.mode != API:
                day_one.create_aws_auth(api)
            self.aws = aws_side.result()
        report(f"the AWS side is ready at {self.aws.endpoint_url}")
        if self.mode != CONFIG_MAP:
            day_one_entries.create(self.aws.account, self.policy)
        running = RunningAuthenticator.start(webhook, processes, self.aws.sts_proxy_url, self.mode)
        day_one.wait_for_cluster_roles(api)
        registrar_rights.install(self.policy, api, self.kubectl)
        report("the registrar's rights and admission policies are in force")
        running.wait_ready()
        report(f"aws-iam-authenticator has read what mode {self.mode} asks for")
        self._keep_mode(running, cluster)
        if with_function:
            self.aws.start_function(self.registrar_environment())
            report("the registrar's function waits for events")

    def _keep_mode(self, running: RunningAuthenticator, cluster: ClusterFacts) -> None:
        def end(update: str, error: str | None) -> None:
            self.aws.end_update(cluster, update, error)

        self._authenticator = running
        self._mode_keeper = ModeKeeper(Path(str(cluster.mode_file)), running.follow, end)
        self._mode_keeper.start()


def _timed(report: Report) -> Report:
    started = time.monotonic()
    return lambda text: report(f"{time.monotonic() - started:5.1f} s  {text}")

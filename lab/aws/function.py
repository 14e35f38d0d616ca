"""The registrar's function in a lab: its queues, its rule and its process."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import urllib3

from lab.aws.account import Account
from lab.aws.facts import CHECKOUT, IAM_EVENT_REGION, partition_of
from lab.aws.messaging import Queues, create_queues, create_rule
from lab.aws.registrar_role import ROLE_NAME
from lab.aws.runtime import find_rie
from lab.aws.settings import FunctionConfig, FunctionSettings
from lab.aws.wire import answers
from lab.ports import LOOPBACK, free_port
from lab.process import ProcessGroup

# Lambda renews the credentials of its functions; those of the lab's are made once and outlive it.
_SESSION_S = 30 * 24 * 3600
DEFAULTS = {
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
    # Nothing listens for traces here.
    "POWERTOOLS_TRACE_DISABLED": "true",
    "AWS_XRAY_SDK_ENABLED": "false",
}


class FunctionError(RuntimeError):
    """The function ended an invocation with an error; the message holds its type and text."""


@dataclass(frozen=True)
class Function:
    """A function that runs, fed by its queue.

    Attributes:
        queues: the queue that EventBridge fills and its dead-letter queue.
        url: of its invoke endpoint.

    """

    queues: Queues
    url: str

    @classmethod
    def start(
        cls,
        account: Account,
        accounts: Sequence[str],
        processes: ProcessGroup,
        log: Path,
        environment: Mapping[str, str],
        settings: FunctionSettings,
    ) -> "Function":
        """Make queues and rule, start the runtimes and the event source, and return when they answer.

        Args:
            account: owns the queues and the function.
            accounts: whose IAM events count.
            processes: what starts and ends with the lab.
            log: what the function and its event source print; files of the function's lie beside it.
            environment: the function's variables; Lambda's own win over them.
            settings: how it runs.

        Raises:
            lab.aws.runtime.RuntimeMissing: if this machine cannot run it.
            lab.process.LabProcessError: if its process does not come up; the message ends with its log.

        """
        find_rie(log.parent)
        settings = replace(settings, code=(settings.code or CHECKOUT / "functions").resolve())
        region = IAM_EVENT_REGION[partition_of(account.region)]
        queues = create_queues(account.client("sqs", region), settings.visibility_timeout_s, settings.max_receive_count)
        create_rule(account.client("events", region), accounts, queues.arn)
        config = FunctionConfig(
            settings=settings,
            port=free_port(),
            folder=log.parent,
            region=region,
            endpoint_url=account.endpoint_url,
            queue_url=queues.url,
            queue_arn=queues.arn,
        )
        config_path = log.with_suffix(".json")
        config.save(config_path)
        processes.start(
            "function",
            [sys.executable, "-m", "lab.aws.function_process", str(config_path)],
            {"PATH": os.environ["PATH"]} | DEFAULTS | dict(environment) | _reserved(account, queues, settings),
            log,
            ready=lambda: answers(config.port),
        )
        return cls(queues, f"http://{LOOPBACK}:{config.port}/2015-03-31/functions/{ROLE_NAME}/invocations")

    def invoke(self, payload: dict[str, Any]) -> Any:
        """Invoke the function by hand, beside its event source, and return its answer.

        Raises:
            FunctionError: if the function raised, timed out or ended.

        """
        response = urllib3.request("POST", self.url, body=json.dumps(payload), retries=False, timeout=600.0)
        if response.status != 200 or "X-Amz-Function-Error" in response.headers:
            raise FunctionError(f"the function failed: {response.data.decode(errors='replace')}")
        return json.loads(response.data)


def _reserved(account: Account, queues: Queues, settings: FunctionSettings) -> dict[str, str]:
    """What Lambda itself and the registrar's stack set.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
    """
    return account.role_environment(ROLE_NAME, ROLE_NAME, _SESSION_S) | {
        "PYTHONPATH": str(CHECKOUT),
        "LAMBDA_TASK_ROOT": str(settings.code),
        "AWS_LAMBDA_FUNCTION_NAME": ROLE_NAME,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(settings.memory_mib),
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(settings.timeout_s),
        "REGISTRAR_DLQ_URL": queues.dead_letter_url,
    }

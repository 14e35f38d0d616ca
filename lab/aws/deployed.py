"""A function that a stack has deployed into the lab's AWS: read back, and run as it was deployed."""

import base64
import hashlib
import os
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from lab.aws.account import Account
from lab.aws.facts import CHECKOUT
from lab.aws.function import DEFAULTS, Function
from lab.aws.messaging import Queues
from lab.aws.settings import FunctionConfig, FunctionSettings
from lab.aws.wire import answers
from lab.ports import LOOPBACK, free_port
from lab.process import ProcessGroup

_SESSION_S = 12 * 3600


@dataclass(frozen=True)
class DeployedFunction:
    """What Lambda says of a function and of its event source mapping (the answers of the API, as they are)."""

    function: Mapping[str, Any]
    mapping: Mapping[str, Any]
    account: Account

    @classmethod
    def read(cls, account: Account, name: str, alias: str) -> "DeployedFunction":
        """Read it back. Raises ``botocore.exceptions.ClientError`` or ``ValueError`` if it is not all there."""
        client = account.client("lambda")
        (mapping,) = client.list_event_source_mappings()["EventSourceMappings"]
        return cls(client.get_function(FunctionName=name, Qualifier=alias)["Configuration"], mapping, account)

    def unpack(self, folder: Path) -> None:
        """Unpack the code: the zip in the staging bucket whose hash Lambda shows. Raises ``LookupError``."""
        s3 = self.account.client("s3")
        for bucket in s3.list_buckets()["Buckets"]:
            for entry in s3.list_objects_v2(Bucket=bucket["Name"]).get("Contents", ()):
                body = s3.get_object(Bucket=bucket["Name"], Key=entry["Key"])["Body"].read()
                if base64.b64encode(hashlib.sha256(body).digest()).decode() == self.function["CodeSha256"]:
                    zipfile.ZipFile(BytesIO(body)).extractall(folder)
                    return
        raise LookupError(f"no bucket holds the code of {self.function['FunctionName']}")

    def start(self, processes: ProcessGroup, folder: Path, log: Path) -> Function:
        """Run its code with its variables, in the name of its role, fed by its queue."""
        code = folder / "code"
        self.unpack(code)
        config = self._config(folder, code)
        path = folder / "deployed.json"
        config.save(path)
        processes.start(
            "deployed-function",
            [sys.executable, "-m", "lab.aws.function_process", str(path)],
            self._environment(code),
            log,
            ready=lambda: answers(config.port),
        )
        queues = Queues(
            config.queue_url, config.queue_arn, self.function["Environment"]["Variables"]["REGISTRAR_DLQ_URL"]
        )
        return Function(queues, f"http://{LOOPBACK}:{config.port}/2015-03-31/functions/function/invocations")

    def _config(self, folder: Path, code: Path) -> FunctionConfig:
        arn = self.mapping["EventSourceArn"]
        sqs = self.account.client("sqs")
        url = sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
        told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
        settings = FunctionSettings(
            handler=self.function["Handler"],
            code=code,
            timeout_s=self.function["Timeout"],
            memory_mib=self.function["MemorySize"],
            batch_size=self.mapping["BatchSize"],
            visibility_timeout_s=int(told["VisibilityTimeout"]),
        )
        return FunctionConfig(
            settings=settings,
            port=free_port(),
            folder=folder,
            region=self.account.region,
            endpoint_url=self.account.endpoint_url,
            queue_url=url,
            queue_arn=arn,
        )

    def _environment(self, code: Path) -> dict[str, str]:
        name = self.function["FunctionName"]
        return {
            "PATH": os.environ["PATH"],
            **DEFAULTS,
            **self.function["Environment"]["Variables"],
            **self.account.role_environment(self.function["Role"], name, _SESSION_S),
            "PYTHONPATH": str(CHECKOUT),
            "LAMBDA_TASK_ROOT": str(code),
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_VERSION": str(self.function["Version"]),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.function["MemorySize"]),
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(self.function["Timeout"]),
        }

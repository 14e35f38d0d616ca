"""How the function of a lab is run and fed."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

_MAX_BATCH_WITHOUT_WINDOW = 10
_MAX_BATCH = 10_000


@dataclass(frozen=True)
class FunctionSettings:
    """The function and its event source mapping.

    Attributes:
        handler: ``module.function`` under ``code``.
        code: the folder that a deployment package would hold; None is this checkout's ``functions``.
        python: the interpreter and its options; None is the lab's own.
        libraries: a folder to import from behind ``code``: what Lambda's runtime itself brings.
        timeout_s: after which Lambda kills an invocation.
        memory_mib: shown to the function, not enforced.
        concurrency: invocations at the same time, by the event source and by hand together; each has its own runtime.
        batch_size: most messages in one invocation.
        window_s: how long a batch that is not full waits for more, from its first message on.
        visibility_timeout_s: after which messages of a failed batch come back.
        max_receive_count: after so many receives a message goes to the dead-letter queue.

    Raises:
        ValueError: where AWS refuses the combination
            (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html).

    """

    handler: str = "registrar.handler.handler"
    code: Path | None = None
    python: tuple[str, ...] | None = None
    libraries: Path | None = None
    timeout_s: int = 30
    memory_mib: int = 256
    concurrency: int = 2
    batch_size: int = 100
    window_s: float = 1.0
    visibility_timeout_s: int = 30
    # Longer than the two minutes for which a change may not be visible yet.
    max_receive_count: int = 8

    def __post_init__(self) -> None:
        if self.visibility_timeout_s < self.timeout_s:
            raise ValueError(
                f"queue visibility timeout: {self.visibility_timeout_s} seconds is less than"
                f" function timeout: {self.timeout_s} seconds"
            )
        if not 1 <= self.batch_size <= _MAX_BATCH:
            raise ValueError(f"batch size must be from 1 to {_MAX_BATCH}, not {self.batch_size}")
        if self.batch_size > _MAX_BATCH_WITHOUT_WINDOW and self.window_s <= 0:
            raise ValueError(f"a batch size over {_MAX_BATCH_WITHOUT_WINDOW} needs a batching window")
        if self.concurrency < 2:
            raise ValueError(f"maximum concurrency must be at least 2, not {self.concurrency}")


@dataclass(frozen=True)
class FunctionConfig:
    """What the function's process is told, in a file that holds no secret (those are in its environment).

    Attributes:
        port: of its invoke endpoint on loopback.
        folder: where the runtimes may put files.
        queue_url: polled by the event source.
        queue_arn: shown in the records.

    """

    settings: FunctionSettings
    port: int
    folder: Path
    region: str
    endpoint_url: str
    queue_url: str
    queue_arn: str

    def save(self, path: Path) -> None:
        """Write the file."""
        path.write_text(json.dumps(asdict(self), default=str, indent=1))

    @classmethod
    def load(cls, path: Path) -> "FunctionConfig":
        """Read the file."""
        raw = json.loads(path.read_text())
        settings = dict(raw["settings"])
        settings["code"] = Path(settings["code"])
        settings["python"] = tuple(settings["python"]) if settings["python"] else None
        settings["libraries"] = Path(settings["libraries"]) if settings["libraries"] else None
        return cls(**raw | {"settings": FunctionSettings(**settings), "folder": Path(raw["folder"])})

"""The event source mapping between a queue and the function, as AWS documents it for SQS.

Source: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html,
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html and
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html. Messages of a failed batch are left alone:
they come back after the queue's visibility timeout, and the queue's redrive policy counts their receives.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lab.aws import batch
from lab.aws.runtime import Answer
from lab.aws.settings import FunctionSettings

_RECEIVE = 10  # most messages of one ReceiveMessage
_LONG_POLL_S = 20
_WINDOW_POLL_S = 0.05
_PAUSE_AFTER_ERROR_S = 1.0
_MAX_PAYLOAD = 6 * 1024 * 1024
_MAX_EVENT = 256 * 1024
_log = logging.getLogger(__name__)

Message = dict[str, Any]


class EventSource:
    """Polls one queue by one thread and invokes the function in at most ``concurrency`` threads.

    A message is received only when an invocation is free to take it: its visibility timeout runs from the receive.
    """

    def __init__(
        self,
        sqs: Any,
        queue_url: str,
        queue_arn: str,
        settings: FunctionSettings,
        invoke: Callable[[bytes], Answer],
    ) -> None:
        self._sqs = sqs
        self._queue_url = queue_url
        self._queue_arn = queue_arn
        self._settings = settings
        self._invoke = invoke
        self._free = threading.Semaphore(settings.concurrency)
        self._workers = ThreadPoolExecutor(settings.concurrency, thread_name_prefix="invocation")

    def run(self) -> None:
        """Poll until the process ends."""
        while True:
            self._free.acquire()
            try:
                messages = self._collect()
            except (ClientError, BotoCoreError) as error:
                _log.warning("cannot poll %s, trying again: %s", self._queue_url, error)
                self._free.release()
                time.sleep(_PAUSE_AFTER_ERROR_S)
                continue
            self._workers.submit(self.process, messages).add_done_callback(self._finish)

    def process(self, messages: Sequence[Message]) -> None:
        """Invoke the function with a batch and delete what it did not report as failed."""
        ids = [message["MessageId"] for message in messages]
        answer = self._invoke(json.dumps(batch.records(messages, self._queue_arn)).encode())
        failed = frozenset(ids) if answer.is_error else batch.failed_ids(answer.payload, ids)
        if failed:
            _log.warning("%d of %d messages failed and come back: %s", len(failed), len(ids), ", ".join(sorted(failed)))
        self._delete([message for message in messages if message["MessageId"] not in failed])

    def _finish(self, done: "Future[None]") -> None:
        self._free.release()
        if (error := done.exception()) is not None:
            _log.error("a batch was not processed, its messages come back", exc_info=error)

    def _collect(self) -> list[Message]:
        """Wait for a first message, then until the window closes or the batch is full."""
        messages: list[Message] = []
        while not messages:
            messages = self._receive(_LONG_POLL_S, self._settings.batch_size)
        closes = time.monotonic() + self._settings.window_s
        while (room := self._room(messages)) > 0:
            more = self._receive(0, room)
            messages += more
            if not more and (left := closes - time.monotonic()) <= 0:
                break
            if not more:
                time.sleep(min(left, _WINDOW_POLL_S))
        return messages

    def _room(self, messages: Sequence[Message]) -> int:
        """How many more messages the batch takes; none where the next ten could make its payload larger than 6 MB."""
        size = sum(len(json.dumps(message["Body"])) for message in messages)
        return self._settings.batch_size - len(messages) if size < _MAX_PAYLOAD - _RECEIVE * _MAX_EVENT else 0

    def _receive(self, wait_s: int, most: int) -> list[Message]:
        answer = self._sqs.receive_message(
            QueueUrl=self._queue_url,
            MaxNumberOfMessages=min(most, _RECEIVE),
            WaitTimeSeconds=wait_s,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return [dict(message) for message in answer.get("Messages", [])]

    def _delete(self, messages: Sequence[Message]) -> None:
        for start in range(0, len(messages), _RECEIVE):
            entries = [
                {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]}
                for index, message in enumerate(messages[start : start + _RECEIVE])
            ]
            answer = self._sqs.delete_message_batch(QueueUrl=self._queue_url, Entries=entries)
            for failure in answer.get("Failed", []):
                _log.warning("a message was not deleted and comes back: %s", failure.get("Message", failure["Code"]))

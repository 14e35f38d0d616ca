"""The function's process in a lab: its runtimes, its invoke endpoint and its event source.

``python -m lab.aws.function_process CONFIG``; its environment, but for PYTHONPATH, is the function's environment.
"""

import logging
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType

import boto3
import urllib3

from lab.aws.event_source import EventSource
from lab.aws.runtime import RuntimePool, find_rie
from lab.aws.settings import FunctionConfig
from lab.ports import LOOPBACK

_log = logging.getLogger(__name__)


class InvokeServer(ThreadingHTTPServer):
    """Lambda's Invoke call: POST to ``/2015-03-31/functions/NAME/invocations``, synchronous."""

    daemon_threads = True

    def __init__(self, port: int, pool: RuntimePool) -> None:
        super().__init__((LOOPBACK, port), _InvokeHandler)
        self.pool = pool


class _InvokeHandler(BaseHTTPRequestHandler):
    server: InvokeServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        payload = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            answer = self.server.pool.invoke(payload)
        except urllib3.exceptions.HTTPError as error:
            _log.exception("the runtime interface emulator did not answer")
            self.send_error(502, explain=f"the runtime interface emulator did not answer: {type(error).__name__}")
            return
        self.send_response(200)
        if answer.is_error:
            self.send_header("X-Amz-Function-Error", "Unhandled")
        self.send_header("Content-Length", str(len(answer.payload)))
        self.end_headers()
        self.wfile.write(answer.payload)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing."""


def main(config_path: str) -> None:
    """Serve until SIGTERM; the runtimes end before this process does."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    signal.signal(signal.SIGTERM, _leave)
    config = FunctionConfig.load(Path(config_path))
    folders = (config.settings.code, config.settings.libraries)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(str(folder) for folder in folders if folder)}
    pool = RuntimePool(find_rie(config.folder), config.settings, environment)
    try:
        server = InvokeServer(config.port, pool)
        sqs = boto3.client("sqs", region_name=config.region, endpoint_url=config.endpoint_url)
        source = EventSource(sqs, config.queue_url, config.queue_arn, config.settings, pool.invoke)
        threading.Thread(target=source.run, name="event-source", daemon=True).start()
        server.serve_forever()
    finally:
        pool.stop()
        # The poller sits in a long poll that nothing can interrupt.
        os._exit(0)


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit


if __name__ == "__main__":
    main(sys.argv[1])

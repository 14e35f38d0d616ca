"""The Lambda function: an SQS batch, a bare EventBridge event, or a request, told apart by shape."""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Tracer
from aws_lambda_powertools.utilities.batch import process_partial_response
from aws_lambda_powertools.utilities.typing import LambdaContext

from registrar import configuration, metrics, report
from registrar.answers import answer_plan, answer_purge
from registrar.batch import OneWriteProcessor
from registrar.limits import run_for
from registrar.requests import DOCTOR, PLAN, PURGE, is_request
from registrar.service import Registrar, Settled
from registrar.settings import Settings
from registrar.sinks.dead_letters import SqsDeadLetters
from registrar.sinks.returns import SqsReturns
from registrar.wiring import client, registrar_of

SERVICE = "eks-registrar"
# Of an invocation's time, what is kept to tell of it: records return, or go to the dead-letter queue.
RESERVE_SECONDS = 15

logger = Logger(service=SERVICE)
tracer = Tracer(service=SERVICE)


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Work on an event.

    A batch returns the records to retry. A bare event, or the request sweep, returns what was done, and raises for both
    kinds of error. The other requests answer.
    """
    if isinstance(event, dict) and isinstance(event.get("Records"), list):
        return _batch(event, context)
    with run_for(_seconds(context)):
        return _bare(event, context)


def _bare(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if is_request(event) and event["registrar"] == DOCTOR:
        return _doctor(event, context)
    if is_request(event) and event["registrar"] == PLAN:
        return answer_plan(event, _registrar())
    if is_request(event) and event["registrar"] == PURGE:
        return answer_purge(event, _registrar(), lambda result: _log(Settled((), (result,))))
    settled = _registrar().settle([event])
    _tell(settled)
    outcome = settled.outcomes[0]
    if outcome.error is not None:
        raise outcome.error
    return {"outcome": outcome.word, "clusters": [report.as_dict(result) for result in settled.results]}


def _batch(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    url = _settings().dead_letter_queue_url
    dead_letters = SqsDeadLetters(_sqs(), url) if url else None
    processor = OneWriteProcessor(_registrar(), dead_letters, SqsReturns(_sqs()), _seconds(context))
    answer = process_partial_response(event=event, record_handler=_unused, processor=processor, context=context)
    _tell(processor.settled)
    for warning in processor.warnings:
        logger.warning(warning)
    return dict(answer)


def _seconds(context: LambdaContext) -> float:
    return float(context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS)


def _doctor(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    from registrar.doctor import request  # noqa: PLC0415 - a cold start for an event must not pay for it

    registrar = _registrar()
    return request.answer(event, registrar.policy, registrar.clusters, context.function_name, _session())


def _tell(settled: Settled) -> None:
    _log(settled)
    metrics.emit(settled, _registrar().policy.installation, datetime.now(UTC))


def _log(settled: Settled) -> None:
    for line in report.lines(settled):
        write = {logging.INFO: logger.info, logging.WARNING: logger.warning, logging.ERROR: logger.error}[line.level]
        write(line.message, **line.fields)


def _unused(record: Any) -> None:
    """The handler of single records that Powertools asks for: ``OneWriteProcessor`` never calls it."""
    raise NotImplementedError


# Made at the first invocation and kept for the warm ones; nothing is made at import, which SnapStart would freeze.


@cache
def _settings() -> Settings:
    return Settings.read(os.environ)


@cache
def _session() -> boto3.Session:
    return boto3.Session()


@cache
def _sqs() -> Any:
    return client(_session(), "sqs", None)


@cache
def _registrar() -> Registrar:
    settings = _settings()
    return registrar_of(configuration.load(settings.config), settings.network, _session())

"""Every error that the registrar raises on purpose, and what becomes of the record that met it.

    RegistrarError
    ├── Retry                    the record returns to the queue
    │   ├── Throttled            a remote side asks us to slow down (IAM throttling, Kubernetes 429)
    │   ├── Unreachable          no answer, a 5xx, a time-out, a 401: it may work in a minute
    │   ├── SourceDenied         IAM denies our read: "could not read" is never "has no tags"
    │   ├── NotYetVisible        IAM does not show the change yet (it is eventually consistent)
    │   └── WriteConflict        409 to the last try: somebody else keeps writing
    ├── NeverRetry               the function sends the record with the reason to the dead-letter queue
    │   ├── PoisonRecord         not an event of ours at all
    │   ├── ClusterMissing       EKS knows no cluster of that name
    │   ├── AwsAuthMissing       the cluster has no aws-auth; the registrar never creates it
    │   ├── AwsAuthUnreadable    the authenticator itself could not read it
    │   ├── WriteWouldHarm       our own check before a write found a foreign row or byte changed
    │   ├── TooLarge             aws-auth, or the cluster's access entries, are at their limit; only removals go on
    │   ├── EntryAbsent          EKS knows no access entry of that principal
    │   ├── EntryRefused         EKS refuses an access entry: it says why
    │   ├── EntryDenied          IAM lets the registrar not write an access entry so
    │   ├── WrongMode            the cluster's authentication mode does not read what is configured
    │   ├── DeniedByAdmission    a webhook or policy of the cluster said no
    │   └── DeniedByRbac         the registrar lacks a right in the cluster
    └── ConfigurationError       registrar.yaml, with file and line

The mapping of the two kinds to SQS stands in one place, ``batch.py``.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


class RegistrarError(Exception):
    """Base of all errors of the registrar; the message is written for the reader at 3 a.m."""


class Retry(RegistrarError):
    """The same record may succeed later."""


class Throttled(Retry):
    """A remote side answered that we ask too often."""


class Unreachable(Retry):
    """A remote side did not answer, or answered that it is not able to for now."""


class SourceDenied(Retry):
    """IAM (or EKS) denies a read of ours."""


class NotYetVisible(Retry):
    """The change that an event tells of cannot be read yet."""


class WriteConflict(Retry):
    """The object was changed by somebody else between our read and our write."""


class NeverRetry(RegistrarError):
    """The same record fails again however often it is tried."""


class PoisonRecord(NeverRetry):
    """A record that is no event of ours."""


class ClusterMissing(NeverRetry):
    """EKS knows no cluster of the name that registrar.yaml gives it."""


class AwsAuthMissing(NeverRetry):
    """The ConfigMap aws-auth does not exist in kube-system."""


class AwsAuthUnreadable(NeverRetry):
    """``mapRoles`` cannot be read by the authenticator's rules; the message names the line."""


class WriteWouldHarm(NeverRetry):
    """A planned text would change what is not ours; nothing was written."""


class TooLarge(NeverRetry):
    """aws-auth is at its limit, or the cluster has as many access entries as it may; nothing was added."""


class EntryAbsent(NeverRetry):
    """EKS knows no access entry of a principal."""


class EntryRefused(NeverRetry):
    """EKS refused to write an access entry; the message holds its words."""


class EntryDenied(NeverRetry):
    """IAM does not let the registrar write an access entry in that form."""


class WrongMode(NeverRetry):
    """The cluster's authentication mode does not read the place that is configured for its access."""


class DeniedByAdmission(NeverRetry):
    """An admission webhook or policy refused a write; the message holds its text."""


class DeniedByRbac(NeverRetry):
    """Kubernetes RBAC refused a request of the registrar."""


class ConfigurationError(RegistrarError):
    """``registrar.yaml`` is wrong; the message holds file, line, value and what was expected."""


def decisive(errors: Sequence[RegistrarError]) -> RegistrarError:
    """Of several errors the one that says what becomes of a record: *retry* outweighs *never retry*."""
    return next((error for error in errors if isinstance(error, Retry)), errors[0])


def united(*errors: Mapping[Key, RegistrarError]) -> dict[Key, RegistrarError]:
    """Several errors by key in one mapping, of each key the decisive one."""
    keys = dict.fromkeys(key for each in errors for key in each)
    return {key: decisive([each[key] for each in errors if key in each]) for key in keys}

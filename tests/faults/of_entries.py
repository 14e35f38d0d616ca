"""Faults where access is written as access entries: of EKS's own operations, and of the rows that stand beside them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import replace

from fault import DONE, GRANT_RETRIED, RETRY, REVOCATION_RETRIED, SWEEP_DONE, SWEEP_RETRIED, End, Ends, Fault
from of_the_api_server import CONFLICT, FORBIDDEN, INTERNAL, NOTHING, PORTAL, by_events_alone
from places import READ, WRITE, Place

from lab.aws.wire import Response
from lab.faults.harm import AwsError, Bent, Cut, Hang, Harm, Instead, Moment, Reset
from lab.faults.script import FOREVER, Strike
from lab.settings import API, API_AND_CONFIG_MAP

# What can never be given to one principal fails no sweep each time anew: the gauges tell of it. What cannot be taken
# away does: else the sweep would delete the dead letter that tells of it.
GRANT_DEAD = Ends(End.DEAD, End.DONE, End.DONE)
REVOCATION_DEAD = Ends(End.DONE, End.DEAD, End.DEAD)
JSON = ("Content-Type", "application/json")

LISTED = Place("entries listed", "eks:ListAccessEntries*", SWEEP_RETRIED)
DESCRIBED = Place("entry read", "eks:DescribeAccessEntry *", RETRY)
POLICIES = Place("access policies read", "eks:ListAssociatedAccessPolicies *", RETRY)
CREATED = Place("entry made", "eks:CreateAccessEntry asker", GRANT_RETRIED)
ASSOCIATED = Place("access policy associated", "eks:AssociateAccessPolicy asker", GRANT_RETRIED)
PARTED = Place("access policy parted", "eks:DisassociateAccessPolicy leaver", REVOCATION_RETRIED)
UPDATED = Place("entry changed", "eks:UpdateAccessEntry leaver", REVOCATION_RETRIED)
DELETED = Place("entry deleted", "eks:DeleteAccessEntry leaver", REVOCATION_RETRIED)

THROTTLING, DENIED = AwsError("ThrottlingException", 429), AwsError("AccessDenied", 403)
FAILURE = AwsError("ServerException", 500)
IN_USE, LIMIT = AwsError("ResourceInUseException", 409), AwsError("ResourceLimitExceededException", 400)
REFUSED = AwsError("InvalidParameterException", 400)
LOST = Reset(Moment.AFTER)


def struck(place: Place, what: str, harm: Harm, ends: Ends | None = None, *, times: int = FOREVER) -> Fault:
    """A fault at one place; without ``ends`` what is hurt there returns to the queue."""
    return Fault("", f"{place.name}: {what}", ends or place.hurt, (Strike(place.at, harm, times),))


def _invisible() -> Instead:
    """What EKS says of a role that it does not see yet."""
    body = {"message": "The specified principalArn is invalid: invalid principal."}
    headers = (JSON, ("x-amzn-errortype", "InvalidParameterException"))
    return Instead(Response(400, headers, json.dumps(body).encode()))


def _first_page(response: Response) -> Response:
    """The entries before the resident's, and a token for the rest (as ``lab/aws/eks/pages.py`` makes them)."""
    shown = _without_the_rest(response)
    token = base64.urlsafe_b64encode(json.loads(shown.body)["accessEntries"][-1].encode()).decode()
    body = {**json.loads(shown.body), "nextToken": token}
    return replace(response, body=json.dumps(body).encode())


def _without_the_rest(response: Response) -> Response:
    """The entries before the resident's, as if they were all."""
    arns = json.loads(response.body)["accessEntries"]
    middle = next(number for number, arn in enumerate(arns) if arn.endswith("role/resident"))
    return replace(response, body=json.dumps({"accessEntries": arns[:middle]}).encode())


def _second_page(what: str, harm: Harm) -> Fault:
    """A list that breaks off: its second page does not come."""
    strikes = (Strike(LISTED.at, Bent(_first_page), 1), Strike(LISTED.at, harm))
    return Fault("", f"{LISTED.name}: {what}", SWEEP_RETRIED, strikes)


def _of_a_write(place: Place, denied: Ends, *, retried: Ends | None = None) -> tuple[Fault, ...]:
    """The answers that every write may get; the first of several that is throttled stops the others."""
    return (
        struck(place, "throttled", THROTTLING, retried),
        struck(place, "500", FAILURE),
        struck(place, "denied", DENIED, denied),
        struck(place, "answer lost", LOST, DONE, times=1),
        by_events_alone(struck(place, "200, and no answer of AWS", PORTAL)),
    )


OF_EKS = (
    struck(LISTED, "throttled", THROTTLING),
    struck(LISTED, "denied", DENIED),
    struck(LISTED, "answer cut short", Cut(honest=True)),
    _second_page("second page: 500", FAILURE),
    _second_page("second page cut short", Cut(honest=True)),
    struck(LISTED, "half of it, said to be all, once", Bent(_without_the_rest), SWEEP_DONE, times=1),
    *map(
        by_events_alone,
        (
            struck(DESCRIBED, "throttled", THROTTLING),
            struck(DESCRIBED, "500", FAILURE),
            struck(DESCRIBED, "denied", DENIED),
            struck(DESCRIBED, "200, and no answer of AWS", PORTAL),
            struck(DESCRIBED, "answer cut short", Cut(honest=True)),
            struck(DESCRIBED, "hangs", Hang(Moment.BEFORE)),
            struck(POLICIES, "500", FAILURE),
            struck(POLICIES, "200, and nothing", NOTHING),
        ),
    ),
    *_of_a_write(CREATED, GRANT_DEAD),
    struck(CREATED, "the role is not visible yet, twice", _invisible(), DONE, times=2),
    struck(CREATED, "the role is not visible", _invisible()),
    struck(CREATED, "refused", REFUSED, GRANT_DEAD),
    struck(CREATED, "it exists, once", IN_USE, DONE, times=1),
    by_events_alone(struck(CREATED, "it exists", IN_USE)),
    struck(CREATED, "no more entries", LIMIT, GRANT_DEAD),
    by_events_alone(struck(CREATED, "hangs, the work done", Hang(Moment.AFTER))),
    *_of_a_write(ASSOCIATED, GRANT_DEAD),
    # Who may not be changed may still be deleted and made again with less.
    *_of_a_write(PARTED, DONE, retried=RETRY),
    *_of_a_write(UPDATED, DONE, retried=RETRY),
)

BESIDE_ROWS = (
    *_of_a_write(DELETED, REVOCATION_DEAD, retried=RETRY),
    struck(READ, "500", INTERNAL),
    struck(WRITE, "409, once", CONFLICT, DONE, times=1),
    struck(WRITE, "500", INTERNAL, REVOCATION_RETRIED),
    struck(WRITE, "403", FORBIDDEN, REVOCATION_DEAD),
    struck(CREATED, "500", FAILURE),
)

AREAS: Mapping[str, str] = {API: "access entries", API_AND_CONFIG_MAP: "access entries beside rows"}
FAULTS: Mapping[str, tuple[Fault, ...]] = {
    API: tuple(replace(fault, area=AREAS[API]) for fault in OF_EKS),
    API_AND_CONFIG_MAP: tuple(
        replace(fault, area=AREAS[API_AND_CONFIG_MAP], name=f"beside rows, {fault.name}") for fault in BESIDE_ROWS
    ),
}

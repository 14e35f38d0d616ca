"""What the registrar's role may do in AWS: asked of IAM's simulator where that is allowed, else tried by real reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from registrar.doctor.deployment import AWS_ERRORS, Deployment
from registrar.doctor.entry_rights import LISTS, Right, entry_rights
from registrar.doctor.event_way import dead_letters_of, event_sources, queue_attributes
from registrar.doctor.finding import Finding, broken, doubt, well
from registrar.eks.aws_errors import DENIED, code_of

_WHAT = "IAM rights"
_REMEDY = "deploy the stack again (cdk deploy); look at SCPs, permission boundaries and endpoint policies too"
ROLE_ACTIONS = ("iam:GetRole",)
EVERYWHERE_ACTIONS = ("iam:GetAccountAuthorizationDetails",)
CLUSTER_ACTIONS = ("eks:DescribeCluster",)
QUEUE_ACTIONS = (
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueUrl",
)
DEAD_LETTER_ACTIONS = ("sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage")
# None of these exists: the right is asked for, not the thing.
_ANY_ROLE = "eks-registrar-doctor-asks"


def iam_rights(place: Deployment) -> tuple[Finding, ...]:
    """Whether IAM can be reached at all, and the rights of the function's role, one finding for all of them."""
    reach = _reach(place)
    if reach is not None:
        return (reach,)
    try:
        return (_simulated(place, place.role_arn()),)
    except AWS_ERRORS as error:
        return (_tried(place, code_of(error) if isinstance(error, ClientError) else type(error).__name__),)


def _reach(place: Deployment) -> Finding | None:
    try:
        _allowed(partial(place.client("iam").get_role, RoleName=_ANY_ROLE))
    except BotoCoreError as error:
        remedy = (
            "a function in a VPC needs a NAT gateway or a proxy to reach IAM, or, in us-east-1, its interface endpoint"
            " (com.amazonaws.iam); look at routes, security groups and DNS"
        )
        return broken(place.where, _WHAT, f"IAM cannot be reached from here: {error}", remedy)
    return None


def _simulated(place: Deployment, role: str) -> Finding:
    iam = place.client("iam")
    missing: list[str] = []
    for right in _needed(place, role):
        answer = iam.simulate_principal_policy(
            PolicySourceArn=role, ActionNames=[right.action], ResourceArns=[right.resource], **_context(right)
        )
        decisions = [result["EvalDecision"] for result in answer["EvaluationResults"]]
        if decisions != ["allowed"]:
            missing.append(f"{right} ({', '.join(decisions)})")
    if missing:
        return broken(place.where, _WHAT, f"{role} may not {'; '.join(missing)}", _REMEDY)
    return well(place.where, _WHAT, f"{role} may do all that it needs, by IAM's simulator")


def _context(right: Right) -> dict[str, Any]:
    """IAM API reference, ContextEntry."""
    entries = [
        {
            "ContextKeyName": key,
            "ContextKeyValues": list(values),
            "ContextKeyType": "stringList" if key in LISTS else "string",
        }
        for key, values in right.context
    ]
    return {"ContextEntries": entries} if entries else {}


def _needed(place: Deployment, role: str) -> Iterator[Right]:
    partition, account = role.split(":")[1], role.split(":")[4]
    yield from (Right(action, f"arn:{partition}:iam::{account}:role/{_ANY_ROLE}") for action in ROLE_ACTIONS)
    yield from (Right(action, "*") for action in EVERYWHERE_ACTIONS)
    for cluster in place.clusters:
        arn = f"arn:{partition}:eks:{cluster.region}:{cluster.account}:cluster/{cluster.name}"
        yield from (Right(action, arn) for action in CLUSTER_ACTIONS)
        yield from entry_rights(place.policy, cluster, _ANY_ROLE)
    for queue in (source["EventSourceArn"] for source in event_sources(place)):
        yield from (Right(action, queue) for action in QUEUE_ACTIONS)
        dead_letters = dead_letters_of(queue_attributes(place, queue))
        if dead_letters is not None:
            yield from (Right(action, dead_letters) for action in DEAD_LETTER_ACTIONS)


def _tried(place: Deployment, why_not_simulated: str) -> Finding:
    """By real reads under the caller's own identity: good only where that is the registrar's role."""
    who = str(place.aws.identity(place.region)["Arn"])
    denied = [action for action, read in _reads(place).items() if not read]
    if denied:
        return broken(place.where, _WHAT, f"{who} may not {', '.join(denied)}", _REMEDY)
    read = f"{who} may read roles, clusters and what access entries there are"
    detail = f"{read}; the rest cannot be tried without doing it, and IAM's simulator"
    return doubt(
        place.where,
        _WHAT,
        f"{detail} could not be asked: {why_not_simulated}",
        "ask as an identity with lambda:GetFunctionConfiguration and iam:SimulatePrincipalPolicy",
    )


def _reads(place: Deployment) -> dict[str, bool]:
    iam, eks = place.client("iam"), place.client("eks")
    found = {
        "iam:GetRole": _allowed(partial(iam.get_role, RoleName=_ANY_ROLE)),
        "iam:GetAccountAuthorizationDetails": _allowed(
            partial(iam.get_account_authorization_details, Filter=["Role"], MaxItems=1)
        ),
    }
    for cluster in place.clusters:
        found[f"eks:DescribeCluster {cluster.name}"] = _allowed(partial(eks.describe_cluster, name=cluster.name))
        # Whatever the backend: where the mode has access entries, all are looked at. Another mode is no denial.
        listing = partial(eks.list_access_entries, clusterName=cluster.name, maxResults=1)
        found[f"eks:ListAccessEntries {cluster.name}"] = _allowed(listing)
    return found


def _allowed(read: Callable[[], object]) -> bool:
    """Whether a read was not denied. That what it looks for does not exist is no denial."""
    try:
        read()
    except ClientError as error:
        return code_of(error) not in DENIED
    return True

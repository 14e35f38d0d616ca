"""What a call to EKS asks of IAM: actions, resources and condition keys.

Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon Elastic Kubernetes Service".
Two things are documented nowhere, and the lab takes the stricter side:

* An entry made with tags needs ``eks:TagResource``. Either the new tags are the resource's already, or the new entry's
  own keys are there and no tag of the resource's: both must be allowed.
* A call about an entry that is not there has no tags of a resource to judge by: ``behaviour.py``.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from lab.aws.eks import principals
from lab.aws.eks.behaviour import Behaviour
from lab.aws.eks.calls import Call
from lab.aws.eks.cluster import ClusterKey
from lab.aws.eks.model import Entry
from lab.aws.eks.rules import PASSED_TYPES
from lab.aws.policy_language import Question, Value

_NO_UUID = "00000000-0000-0000-0000-000000000000"
_ON_CLUSTER = frozenset(
    {"DescribeCluster", "DescribeUpdate", "ListAccessEntries", "ListUpdates", "UpdateClusterConfig"}
)
Context = dict[str, Value]


def questions(call: Call, cluster: ClusterKey, entry: Entry | None, behaviour: Behaviour) -> Iterator[Question]:
    """All that must be allowed. ``entry`` is the one that the call is about, if it is there."""
    action, params = f"eks:{call.operation}", call.params
    if call.operation == "ListAccessPolicies":
        yield Question(action, "*", {})
    elif call.operation == "CreateAccessEntry":
        yield from _creation(action, params, cluster)
    elif call.operation in _ON_CLUSTER:
        mode = params.get("accessConfig", {}).get("authenticationMode")
        yield Question(action, cluster.arn(), {"eks:authenticationMode": mode} if mode else {})
    else:
        yield Question(
            action, _resource(params, cluster, entry), _of_entry(params, cluster, entry) | _asked(call, behaviour)
        )


def _creation(action: str, params: Mapping[str, Any], cluster: ClusterKey) -> Iterator[Question]:
    tags = _new_tags(params)
    own = _new_keys(params) | {"eks:clusterName": cluster.name}
    yield Question(action, cluster.arn(), own | tags)
    if tags:
        entry = _resource(params, cluster, None)
        yield Question("eks:TagResource", entry, own | tags)
        yield Question("eks:TagResource", entry, own | tags | _tags_of_resource(params["tags"]))
    if params.get("type") in PASSED_TYPES:
        yield Question("iam:PassRole", params["principalArn"], {"iam:PassedToService": "eks.amazonaws.com"})


def _new_keys(params: Mapping[str, Any]) -> Context:
    """What the request holds, and nothing that EKS would fill in."""
    named = {
        "eks:principalArn": "principalArn",
        "eks:username": "username",
        "eks:accessEntryType": "type",
        "eks:kubernetesGroups": "kubernetesGroups",
    }
    return {key: params[member] for key, member in named.items() if member in params}


def _of_entry(params: Mapping[str, Any], cluster: ClusterKey, entry: Entry | None) -> Context:
    if entry is None:
        arn = params.get("principalArn")
        return {"eks:clusterName": cluster.name, **({"eks:principalArn": arn} if arn else {})}
    return {
        "eks:accessEntryType": entry.kind,
        "eks:clusterName": cluster.name,
        "eks:kubernetesGroups": list(entry.groups),
        "eks:principalArn": entry.principal.arn,
        "eks:username": entry.username,
        **_tags_of_resource(entry.tags),
    }


def _asked(call: Call, behaviour: Behaviour) -> Context:
    params = call.params
    match call.operation:
        case "UpdateAccessEntry":
            return _new_keys(params) if behaviour.update_compares == "new" else {}
        case "AssociateAccessPolicy" | "DisassociateAccessPolicy":
            scope = params.get("accessScope", {})
            of_scope: Context = {"eks:accessScope": scope["type"]} if "type" in scope else {}
            of_scope |= {"eks:namespaces": scope["namespaces"]} if "namespaces" in scope else {}
            return {"eks:policyArn": params["policyArn"]} | of_scope
        case "TagResource":
            return _new_tags(params)
        case "UntagResource":
            return {"aws:TagKeys": params["tagKeys"]}
        case _:
            return {}


def _resource(params: Mapping[str, Any], cluster: ClusterKey, entry: Entry | None) -> str:
    if entry is not None:
        return entry.arn
    if "resourceArn" in params:
        return str(params["resourceArn"])
    found = principals.kind_account_name(params["principalArn"])
    return cluster.arn("access-entry", "".join(f"/{part}" for part in (*(found or ("role", "-", "-")), _NO_UUID)))


def _new_tags(params: Mapping[str, Any]) -> Context:
    tags = params.get("tags", {})
    if not tags:
        return {}
    return {"aws:TagKeys": list(tags), **{f"aws:RequestTag/{key}": value for key, value in tags.items()}}


def _tags_of_resource(tags: Mapping[str, str]) -> Context:
    return {f"aws:ResourceTag/{key}": value for key, value in tags.items()}

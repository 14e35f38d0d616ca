"""Access policies on access entries."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lab.aws.eks import rules
from lab.aws.eks.access_policies import names
from lab.aws.eks.entries import AccessEntries
from lab.aws.eks.errors import absent, bad_input
from lab.aws.eks.model import Association, Entry
from lab.aws.eks.pages import page

Params = Mapping[str, Any]


def arn_of(partition: str, name: str) -> str:
    """The ARN of an access policy."""
    return f"arn:{partition}:eks::aws:cluster-access-policy/{name}"


def associate(entries: AccessEntries, params: Params) -> dict[str, Any]:
    """``AssociateAccessPolicy``, of a policy that there is: each policy once for an entry; again replaces the scope."""
    operation, policy_arn, now = "AssociateAccessPolicy", params["policyArn"], time.time()
    scope = rules.check_scope(params["accessScope"])

    def associated(entry: Entry) -> Entry:
        rules.refuse_policies_on_nodes(entry.kind)
        before = entry.associations.get(policy_arn)
        made = Association(policy_arn, scope, before.associated_at if before else now, now)
        return replace(entry, associations={**entry.associations, policy_arn: made})

    entry = entries.change(operation, params["principalArn"], associated)
    return {**_of(entry), "associatedAccessPolicy": entry.associations[policy_arn].shown()}


def disassociate(entries: AccessEntries, params: Params) -> dict[str, Any]:
    """``DisassociateAccessPolicy``."""
    operation, policy_arn = "DisassociateAccessPolicy", params["policyArn"]

    def without(entry: Entry) -> Entry:
        if policy_arn not in entry.associations:
            raise absent(operation, f"The access policy {policy_arn} is not associated with the access entry.")
        return replace(entry, associations={k: v for k, v in entry.associations.items() if k != policy_arn})

    entries.change(operation, params["principalArn"], without)
    return {}


def listed(entries: AccessEntries, params: Params) -> dict[str, Any]:
    """``ListAssociatedAccessPolicies``."""
    operation = "ListAssociatedAccessPolicies"
    entry = entries.get(operation, params["principalArn"])
    arns, token = page(operation, sorted(entry.associations), params)
    found = [entry.associations[arn].shown() for arn in arns]
    return {**_of(entry), "associatedAccessPolicies": found, **({"nextToken": token} if token else {})}


def policies(params: Params, partition: str) -> dict[str, Any]:
    """``ListAccessPolicies``: those that are for people."""
    shown, token = page("ListAccessPolicies", sorted(names()), params)
    found = [{"name": name, "arn": arn_of(partition, name)} for name in shown]
    return {"accessPolicies": found, **({"nextToken": token} if token else {})}


def require_known(operation: str, params: Params, partition: str) -> None:
    """Refuse the ARN of a policy that does not exist."""
    policy_arn = params.get("policyArn") or params.get("associatedPolicyArn")
    if policy_arn is not None and policy_arn not in {arn_of(partition, name) for name in names()}:
        raise bad_input(operation, f"The specified policyArn is invalid: {policy_arn}.")


def _of(entry: Entry) -> dict[str, Any]:
    return {"clusterName": entry.cluster, "principalArn": entry.principal.arn}

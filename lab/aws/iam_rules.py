"""What AWS refuses and moto lets pass, for roles and users."""

import json
from collections.abc import Mapping
from typing import Any

from moto.iam.models import IAMBackend

from lab.aws.caller import Caller
from lab.aws.tag_rules import MAX_TAGS, Refusal, refuse_name, refuse_tag_keys, refuse_tags

_MAX_NAME = 64
_RESERVED_PATH = "/aws-reserved/"
_SERVICE_LINKED_PATH = "/aws-service-role/"
# A service-linked role can be tagged and its description edited, nothing else:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html
_ALLOWED_ON_SERVICE_LINKED = frozenset(
    {"TagRole", "UntagRole", "UpdateRole", "UpdateRoleDescription", "DeleteServiceLinkedRole"}
)


def refusal(operation: str, params: Mapping[str, Any], backend: IAMBackend, caller: Caller) -> Refusal | None:
    """What IAM would answer instead of doing this, or None if nothing stands against it.

    In the order of IAM itself: first the form of the call, then the state that it meets.
    """
    return (
        _refuse_form(operation, params)
        or _refuse_path(operation, params, caller)
        or _refuse_state(operation, params, backend, caller)
    )


def replace_tags_ignoring_case(operation: str, params: Mapping[str, Any], backend: IAMBackend) -> None:
    """Take away, before moto acts, the tags that a Tag or Untag call replaces or removes under another case.

    IAM's tag keys ignore case (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html, "case sensitivity");
    moto would keep both.
    """
    keys = {tag["Key"].lower() for tag in params.get("Tags", [])} | {key.lower() for key in params.get("TagKeys", [])}
    if operation in ("TagRole", "UntagRole"):
        role = backend.get_role(params["RoleName"])
        role.tags = [tag for tag in role.tags if tag["Key"].lower() not in keys]
    elif operation in ("TagUser", "UntagUser"):
        arn = backend.get_user(params["UserName"]).arn
        backend.tagger.untag_resource_using_names(
            arn, [key for key in _user_tag_keys(backend, arn) if key.lower() in keys]
        )


def _refuse_form(operation: str, params: Mapping[str, Any]) -> Refusal | None:
    if "Tags" in params and (refused := refuse_tags(params["Tags"])):
        return refused
    if "TagKeys" in params and (refused := refuse_tag_keys(params["TagKeys"])):
        return refused
    if "RoleName" in params:
        return refuse_name(params["RoleName"], "roleName", _MAX_NAME) or _refuse_trust_policy(operation, params)
    if operation == "CreateUser":
        return refuse_name(params.get("UserName"), "userName", _MAX_NAME)
    return None


def _refuse_trust_policy(operation: str, params: Mapping[str, Any]) -> Refusal | None:
    if operation != "CreateRole":
        return None
    try:
        document = json.loads(params.get("AssumeRolePolicyDocument", ""))
    except ValueError:
        return Refusal("MalformedPolicyDocument", "This policy contains invalid Json")
    if not isinstance(document, dict) or not document.get("Statement"):
        return Refusal("MalformedPolicyDocument", "Syntax errors in policy.")
    return None


def _refuse_path(operation: str, params: Mapping[str, Any], caller: Caller) -> Refusal | None:
    if operation != "CreateRole" or caller.invoked_by:
        return None
    path = params.get("Path") or "/"
    if path.startswith(_SERVICE_LINKED_PATH):
        return Refusal("InvalidInput", "Path prefix '/aws-service-role/' can only be used for AWS Service linked Roles")
    if path.startswith(_RESERVED_PATH):
        return Refusal("InvalidInput", "Path prefix '/aws-reserved/' can only be used by AWS services")
    return None


def _refuse_state(operation: str, params: Mapping[str, Any], backend: IAMBackend, caller: Caller) -> Refusal | None:
    if operation == "CreateRole":
        return _refuse_twin([role.name for role in list(backend.roles.values())], params["RoleName"], "Role")
    if operation == "CreateUser":
        return _refuse_twin(list(backend.users), params["UserName"], "User")
    if "RoleName" in params:
        return _refuse_role_change(operation, params, backend, caller)
    if operation in ("TagUser", "UntagUser"):
        return _refuse_user_change(params, backend)
    return None


def _refuse_twin(names: list[str], name: str, kind: str) -> Refusal | None:
    if name.lower() in {other.lower() for other in names}:
        return Refusal("EntityAlreadyExists", f"{kind} with name {name} already exists.", 409)
    return None


def _refuse_role_change(
    operation: str, params: Mapping[str, Any], backend: IAMBackend, caller: Caller
) -> Refusal | None:
    name = params["RoleName"]
    role = next((role for role in list(backend.roles.values()) if role.name == name), None)
    if role is None:
        return Refusal("NoSuchEntity", f"The role with name {name} cannot be found.", 404)
    linked = role.path.startswith(_SERVICE_LINKED_PATH) and operation not in _ALLOWED_ON_SERVICE_LINKED
    if (linked or role.path.startswith(_RESERVED_PATH)) and not caller.invoked_by:
        text = f"Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
        return Refusal("UnmodifiableEntity", text)
    return _refuse_total([tag["Key"] for tag in role.tags], params, "TagsPerRole")


def _refuse_user_change(params: Mapping[str, Any], backend: IAMBackend) -> Refusal | None:
    user = backend.users.get(params["UserName"])
    if user is None:
        return Refusal("NoSuchEntity", f"The user with name {params['UserName']} cannot be found.", 404)
    return _refuse_total(_user_tag_keys(backend, user.arn), params, "TagsPerUser")


def _refuse_total(present: list[str], params: Mapping[str, Any], quota: str) -> Refusal | None:
    keys = {key.lower() for key in present} | {tag["Key"].lower() for tag in params.get("Tags", [])}
    if len(keys) > MAX_TAGS:
        return Refusal("LimitExceeded", f"Cannot exceed quota for {quota}: {MAX_TAGS}", 409)
    return None


def _user_tag_keys(backend: IAMBackend, arn: str) -> list[str]:
    return [tag["Key"] for tag in backend.tagger.list_tags_for_resource(arn)["Tags"]]

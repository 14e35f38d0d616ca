"""A hook in the lab that stands for IAM Identity Center: it provisions the roles of permission sets.

No customer can create such roles in AWS (their path is reserved), so no API call of moto's can stand for it.
"""

import json
import secrets
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from lab.aws.facts import partition_of
from lab.aws.iam_front import IamFront
from lab.aws.key_ring import service_caller
from lab.aws.sts_answers import json_error
from lab.aws.wire import Environ, Request, Response, WsgiApp, call, with_form

PERMISSION_SETS_PATH = "/lab/permission-set-roles"
_PATH = "/aws-reserved/sso.amazonaws.com/"
_ACTIONS = {"POST": "CreateRole", "DELETE": "DeleteRole"}


class PermissionSets:
    """Makes and removes the roles as Identity Center's own session does it, with the event of each.

    POST takes ``{account, region, permissionSet, pathRegion?}``, DELETE ``{account, region, roleName}``.
    """

    def __init__(self, iam: IamFront, moto: WsgiApp) -> None:
        self._iam = iam
        self._moto = moto

    def answer(self, request: Request, environ: Environ) -> Response:
        """IAM's own XML answer to the call that Identity Center makes."""
        if request.method not in _ACTIONS:
            return json_error(405, "MethodNotAllowed", f"{PERMISSION_SETS_PATH} takes POST and DELETE")
        asked = json.loads(request.body)
        account, region = asked["account"], asked["region"]
        params = _create(asked) if request.method == "POST" else {"RoleName": asked["roleName"]}
        form = urlencode({"Action": _ACTIONS[request.method], "Version": "2010-05-08", **params})
        caller = service_caller(account, partition_of(region), datetime.now(UTC))
        inner = replace(request, method="POST", target="/", body=form.encode())
        inner_environ = with_form(environ, inner, account, region)
        return self._iam.answer(inner, caller, lambda: call(self._moto, inner_environ))


def _create(asked: dict[str, Any]) -> dict[str, str]:
    """The parameters of CreateRole. A permission set of a region that is not us-east-1 has it in its roles' path.

    Source: https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
    """
    path_region = asked.get("pathRegion")
    provider = f"AWSSSO_{secrets.token_hex(8)}_DO_NOT_DELETE"
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {
                    "Federated": f"arn:{partition_of(asked['region'])}:iam::{asked['account']}:saml-provider/{provider}"
                },
                "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
                "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
            }
        ],
    }
    return {
        "RoleName": f"AWSReservedSSO_{asked['permissionSet']}_{secrets.token_hex(8)}",
        "Path": f"{_PATH}{path_region}/" if path_region else _PATH,
        "AssumeRolePolicyDocument": json.dumps(trust),
        "MaxSessionDuration": "43200",
    }

"""An account's roles in two pages, whole or not: moto returns all of them in one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from xml.etree import ElementTree

from lab.aws.wire import Response
from lab.faults.harm import Bent

_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"
_ROLES = f".//{{{_NAMESPACE}}}RoleDetailList"
_RESULT = f".//{{{_NAMESPACE}}}GetAccountAuthorizationDetailsResult"
_PAGING = ("IsTruncated", "Marker")


def _page(response: Response, half: slice, paging: Sequence[str]) -> Response:
    """Some of the roles; ``paging`` are IsTruncated and, if there is one, the Marker."""
    root = ElementTree.fromstring(response.body)
    roles, result = root.find(_ROLES), root.find(_RESULT)
    assert roles is not None
    assert result is not None
    kept = list(roles)[half]
    for member in list(roles):
        roles.remove(member)
    roles.extend(kept)
    for name in _PAGING:
        for found in result.findall(f"{{{_NAMESPACE}}}{name}"):
            result.remove(found)
    for name, value in zip(_PAGING, paging, strict=False):
        ElementTree.SubElement(result, f"{{{_NAMESPACE}}}{name}").text = value
    ElementTree.register_namespace("", _NAMESPACE)
    return replace(response, body=ElementTree.tostring(root))


# Among the roles of the bench, in the order of their creation, the resident is in the first half.
_FIRST, _SECOND, _NONE = slice(0, 2), slice(2, None), slice(0, 0)

FIRST_HALF = Bent(lambda response: _page(response, _FIRST, ("true", "page-2")))
SECOND_HALF = Bent(lambda response: _page(response, _SECOND, ("false",)))
WITHOUT_MARKER = Bent(lambda response: _page(response, _FIRST, ("true",)))
SAID_TO_BE_ALL = Bent(lambda response: _page(response, _FIRST, ("false",)))
NO_ROLES = Bent(lambda response: _page(response, _NONE, ("false",)))

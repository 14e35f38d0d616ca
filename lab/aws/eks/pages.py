"""Pages of a list: at most ``maxResults`` items, and a token that says where to go on."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from lab.aws.eks.errors import bad_input

_LARGEST = 100


def page(operation: str, ordered: Sequence[str], params: Mapping[str, Any]) -> tuple[list[str], str | None]:
    """The keys of one page and the token of the next.

    ``ordered`` is sorted. The token holds the last key of the page before, so an item that goes meanwhile skips none.
    """
    after = _decoded(operation, params["nextToken"]) if params.get("nextToken") else None
    left = [key for key in ordered if after is None or key > after]
    size = params.get("maxResults", _LARGEST)
    shown = list(left[:size])
    return shown, _encoded(shown[-1]) if len(left) > size else None


def _encoded(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode()


def _decoded(operation: str, token: str) -> str:
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except ValueError:  # of base64 and of UTF-8 alike
        raise bad_input(operation, "The nextToken is invalid.") from None

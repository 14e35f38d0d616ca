"""Idempotency by ``clientRequestToken``, which SDKs make up for every call and keep for its retries."""

from collections.abc import Callable, Mapping
from typing import Any

from lab.aws.eks.errors import bad_input

_IDEMPOTENCY = "clientRequestToken"


class Once:
    """The answers that were given, by token. Not safe to use from several threads at once."""

    def __init__(self) -> None:
        self._given: dict[tuple[str, str], tuple[dict[str, Any], dict[str, Any]]] = {}

    def answer(self, operation: str, params: Mapping[str, Any], do: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The answer of ``do``, which is not asked again for a token that it has answered.

        Raises:
            EksError: if the token came with other parameters before, and whatever ``do`` raises.

        """
        token = params.get(_IDEMPOTENCY)
        if token is None:
            return do()
        asked = {name: value for name, value in params.items() if name != _IDEMPOTENCY}
        given = self._given.get((operation, token))
        if given is None:
            given = self._given[operation, token] = (asked, do())
        if given[0] != asked:
            raise bad_input(operation, f"The {_IDEMPOTENCY} was used before with other parameters.")
        return given[1]

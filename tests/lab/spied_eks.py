"""Which of EKS's operations the registrar calls, in their order."""

from __future__ import annotations

from typing import Any

import pytest

from registrar import wiring


def spy_on_eks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The list that every call of an EKS client made from now on is noted in; the calls are made all the same."""
    seen: list[str] = []
    make = wiring.client

    def client(session: Any, service: str, region: str | None, *config: Any) -> Any:
        made = make(session, service, region, *config)
        if service == "eks":
            made.meta.events.register("before-call.eks", lambda model, **_: seen.append(model.name))
        return made

    monkeypatch.setattr(wiring, "client", client)
    return seen

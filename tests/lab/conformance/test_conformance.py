"""One list of behaviours, played on every backend: by the role's own kubectl, on a real control plane."""

from __future__ import annotations

import pytest
from behaviours import YES, Behaviour
from conformance_tally import FAILED, conformance
from every_behaviour import BEHAVIOURS
from ground import Ground


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.name)
def test_backends_behave_alike(ground: Ground, behaviour: Behaviour, pytestconfig: pytest.Config) -> None:
    """The behaviour is so, or, where it cannot be, what the table says in its place is."""
    found, backend = conformance(pytestconfig), ground.backend
    cells = found.cells.setdefault((behaviour.area, behaviour.name), {})
    cells[backend.name] = FAILED
    word, play = behaviour.on(backend)
    play(ground)
    cells[backend.name] = word
    if word != YES:
        found.reasons[word] = behaviour.instead[backend.name].reason

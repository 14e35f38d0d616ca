"""Where the access of a cluster is written: aws-auth, access entries, or (while it reads both) one beside the other.

read()      what is there, with its version if it has one
about()     the same, and what is there of the principals in question
write()     make these rows all of ours
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from registrar.errors import RegistrarError
from registrar.held import Held
from registrar.marks import Marks
from registrar.model import Principal, PrincipalRef, Role, Row


class Reading(Protocol):
    """What a place held when it was read."""

    @property
    def held(self) -> Held:
        """What is ours in it, as a plan may carry it on, and how much room is left."""

    @property
    def data_bytes(self) -> int:
        """The size of all values of aws-auth, in bytes; 0 without one."""

    @property
    def trouble(self) -> RegistrarError | None:
        """Why nothing may be granted by this reading, although what is there can be taken away."""

    def claims(self, roles: Iterable[Role]) -> dict[PrincipalRef, str]:
        """Of these roles those for which something foreign speaks already, with the words that say so."""

    def dead(self, roles: Iterable[Role]) -> tuple[str, ...]:
        """What stands for others and gives nobody anything any more, in words; ``roles`` are all of an account."""

    def hidden(self, marks: Marks) -> tuple[str, ...]:
        """What is marked as ours and has the registrar's own group, in words: no removal of ours reaches it."""


class Place(Protocol):
    """One of them, or a double of it with the rules of the server behind it."""

    def read(self, *, whole: bool = False) -> Reading:
        """What is there now. ``whole`` says that everything of ours is in question, not only what some events name."""

    def about(self, current: Any, principals: Iterable[Principal]) -> Reading:
        """A reading of this place, completed by what is there of these principals."""

    def write(self, current: Any, rows: tuple[Row, ...]) -> Mapping[PrincipalRef, RegistrarError]:
        """Make ``rows`` all of ours that ``current``, a reading of this place, is about.

        Returns whose rows could not be written, and why; the others are. Raises a ``RegistrarError`` where none could
        be, ``WriteConflict`` if the place has changed since it was read.
        """

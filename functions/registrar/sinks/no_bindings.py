"""The bindings of a cluster with ``kubernetes: none``: there are none of ours, and nobody is asked about any."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from registrar.errors import NeverRetry
from registrar.model import Binding, RbacView


@dataclass(frozen=True)
class NoBindings:
    """A cluster whose API server is never called. ``cluster`` is its tag, for messages."""

    cluster: str

    def read(self, groups: Iterable[str]) -> RbacView:  # noqa: ARG002 - the signature is that of Bindings
        """Nothing is known, and nothing needs to be: the groups of such a cluster are bound by others."""
        return RbacView()

    def survey(self, groups: Iterable[str]) -> RbacView:
        """The same."""
        return self.read(groups)

    def stand(self, groups: Iterable[str]) -> bool:  # noqa: ARG002 - the signature is that of Bindings
        """Always: no group needs a binding of ours."""
        return True

    def make(self, binding: Binding, view: RbacView) -> None:  # noqa: ARG002 - the signature is that of Bindings
        """Never called: a grant that needs a binding is refused. Raises ``NeverRetry``."""
        raise self._never(binding)

    def drop(self, binding: Binding, view: RbacView) -> None:  # noqa: ARG002 - the signature is that of Bindings
        """Never called, as ``make``. Raises ``NeverRetry``."""
        raise self._never(binding)

    def _never(self, binding: Binding) -> NeverRetry:
        return NeverRetry(f"cluster {self.cluster} has kubernetes: none, binding {binding.name} was not touched")

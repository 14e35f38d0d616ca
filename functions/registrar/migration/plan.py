"""The whole migration of a cluster: what is done, in which order, and who is left. Pure.

The order in which nobody loses access:

1. The mode must have access entries; until then nothing is written. A person changes it.
2. The bridge (a ClusterRoleBinding), for those that get an access policy: their entry counts from the moment that it
   is made, and the policy can only come after it.
3. The entries. Each gives at once what its row gives, so whichever of the two EKS asks, the answer is the same.
4. The access policies; when they are sure to count, the bridge goes.
5. On request the rows, once their entries have stood for two minutes.
6. A person changes the mode to API, and is told whom that shuts out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from registrar.eks_terms import API, CONFIG_MAP
from registrar.marks import Marks, controller_group
from registrar.migration.judge import Bench
from registrar.migration.model import Absent, AuthRow, Facts, Item, Request, State
from registrar.migration.rows import ACCOUNTS, AuthRows, doubtful
from registrar.policy import Cluster

_INSIDE = (State.DONE, State.DIFFERENT, State.NOBODY)


@dataclass(frozen=True)
class ShutOut:
    """Somebody who gets in by aws-auth alone, and why there is no entry; ``heavy`` is said first."""

    who: str
    why: str
    commands: tuple[str, ...] = ()
    heavy: bool = False


@dataclass(frozen=True)
class Migration:
    """What becomes of every row. ``bridged`` says whether the bridge's binding stands."""

    cluster: Cluster
    marks: Marks
    mode: str
    request: Request
    items: tuple[Item, ...]
    accounts: tuple[str, ...]
    bridged: bool = False

    def of(self, *states: State) -> tuple[Item, ...]:
        """The rows of these states."""
        return tuple(item for item in self.items if item.state in states)

    @property
    def to_move(self) -> tuple[Item, ...]:
        """The rows whose entry is to be made, or made whole."""
        return self.of(State.MOVE, State.FINISH)

    @property
    def to_remove(self) -> tuple[Item, ...]:
        """The rows that are to go: those that were asked for, and whose entry stands and gives the same."""
        done = (item for item in self.of(State.DONE) if item.chosen and item.wanted is not None)
        return tuple(done) if self.request.remove_rows else ()

    @property
    def bridge_to_go(self) -> bool:
        """Whether the bridge was left by a run that broke off, and nobody needs it any more."""
        return self.bridged and not any(item.wanted and item.wanted.policies for item in self.to_move)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.to_move or self.to_remove or self.bridge_to_go)

    @property
    def writable(self) -> bool:
        """Whether the mode has access entries."""
        return self.mode != CONFIG_MAP

    @property
    def last_mode(self) -> bool:
        """Whether aws-auth is read no more."""
        return self.mode == API

    def shut_out(self) -> tuple[ShutOut, ...]:
        """Whom the mode API shuts out as things stand: nodes first, then the registrar itself."""
        return tuple(sorted(self._shut_out(), key=lambda one: not one.heavy))

    def _shut_out(self) -> Iterator[ShutOut]:
        controller = controller_group(self.marks.installation)
        for item in self.items:
            if item.state in _INSIDE or (item.entry_stands and item.state is State.OURS):
                continue
            if item.state is State.FINISH:
                continue
            heavy = item.state is State.NODE or controller in item.row.mapping.groups
            why = f"not moved yet: {item.reason}" if item.state is State.MOVE else item.reason
            yield ShutOut(item.row.who, why, item.commands, heavy)
        for account in self.accounts:
            yield ShutOut(
                f"account {account}",
                f"{ACCOUNTS} lets every principal of it in, with no group: make entries for those who use the cluster",
            )


def migration(
    cluster: Cluster,
    marks: Marks,
    mode: str,
    request: Request,
    rows: AuthRows,
    facts: Mapping[AuthRow, Facts],
    bridged: bool = False,
) -> Migration:
    """The plan; ``facts`` has those rows of which something is known."""
    bench = Bench(cluster, marks, request, frozenset(doubtful(rows.counting)))
    items = [bench.judge(row, facts.get(row, Facts(Absent()))) for row in rows.counting]
    items += [Item(row, State.NOBODY, why) for row, why in rows.idle]
    items.sort(key=lambda item: (item.row.place, item.row.number))
    return Migration(cluster, marks, mode, request, tuple(items), rows.accounts, bridged)

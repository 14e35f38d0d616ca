"""Acts on a migration, in the order in which nobody loses access (``plan``). It can be repeated: each run looks anew.

A run that broke off leaves at most an entry that gives the same as its row, or one with the bridge; the next run makes
it whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from registrar.errors import RegistrarError
from registrar.migration.cut import without_rows
from registrar.migration.look import Scene, View
from registrar.migration.model import BRIDGE, Item, Request, Standing, State, Wanted
from registrar.migration.way_back import WayBack

_LOOKS, _LOOK_PAUSE_SECONDS = 10, 1.0


class NotAsMade(RegistrarError):
    """EKS shows an entry otherwise than it was made."""


@dataclass
class Run:
    """One run over one cluster. ``errors`` are by principal; what fails for one hinders no other.

    ``fresh`` says that an entry was made since the last wait: EKS's clock and ours may differ by minutes.
    """

    scene: Scene
    request: Request
    way_back: WayBack
    settle: float
    now: Callable[[], datetime]
    pause: Callable[[float], None]
    fresh: bool = False
    done: list[str] = field(default_factory=list)
    errors: list[tuple[str, RegistrarError]] = field(default_factory=list)

    def apply(self) -> View:
        """Do all of it; returns how the cluster is afterwards.

        Raises what concerns the whole run: what ``Scene.look`` raises, a bridge that cannot be built, a write of
        aws-auth that would harm or met a conflict, a way back that cannot be kept.
        """
        view = self.scene.look(self.request)
        if view.aws_auth is not None and not view.plan.empty:
            self.way_back.keep_body(view.aws_auth)
        self._make(view.plan.to_move)
        self._take_down_bridge(view)
        if self.request.remove_rows:
            self._remove_rows()
        return self.scene.look(self.request)

    def _make(self, items: Sequence[Item]) -> None:
        if any(item.wanted and item.wanted.policies for item in items):
            self.scene.say("bridging the moment between an entry and its access policy")
            self.scene.door.build_bridge()
        for item in items:
            if item.wanted is not None:
                with self._noted(item.wanted.arn):
                    self._make_one(item.wanted, item.state)

    def _make_one(self, wanted: Wanted, state: State) -> None:
        self.scene.say(f"making the entry of {wanted.arn}")
        api = self.scene.api
        if state is State.MOVE:
            api.create(wanted.arn, wanted.username, wanted.first_groups, {})
            self.fresh = True
            self.done.append(f"made the entry of {wanted.arn}")
        self.way_back.entry_made(wanted.arn)
        for policy in wanted.policies:
            api.associate(wanted.arn, policy.name, ())
        self._read_back(wanted, wanted.first_groups)

    def _take_down_bridge(self, view: View) -> None:
        """Let the bridge go, when the policies are sure to count: before that it is all that an administrator has."""
        bridged = [item.wanted for item in view.plan.to_move if item.wanted and item.wanted.policies]
        if not bridged and not view.plan.bridge_to_go:
            return
        if bridged:
            self.scene.say(f"waiting {self.settle:.0f} s until the access policies are sure to count")
            self.pause(self.settle)
            self.fresh = False
        failed = {arn for arn, _ in self.errors}
        for wanted in bridged:
            if wanted.arn not in failed:
                with self._noted(wanted.arn):
                    self.scene.api.update(wanted.arn, wanted.username, wanted.groups)
                    self._read_back(wanted, wanted.groups)
        if any(BRIDGE in item.standing.groups for item in self.scene.look(self.request).plan.items if item.standing):
            return
        self.scene.door.remove_bridge()
        self.done.append(f"removed ClusterRoleBinding {BRIDGE}")

    def _read_back(self, wanted: Wanted, groups: tuple[str, ...]) -> None:
        """Look until EKS shows the entry as it was made. Raises ``NotAsMade``."""
        for _ in range(_LOOKS):
            found = self.scene.standing(wanted.arn)
            if found and (found.username, found.groups, found.policies) == (wanted.username, groups, wanted.policies):
                return
            self.pause(_LOOK_PAUSE_SECONDS)
        raise NotAsMade(
            f"cluster {self.scene.cluster.tag}: EKS shows the access entry of {wanted.arn} as {found}, not as it was "
            "made: does somebody else write it? Its row stays; run it again"
        )

    def _remove_rows(self) -> None:
        waiting = [item.standing for item in self.scene.look(self.request).plan.to_remove if item.standing]
        if not waiting:
            return
        self._wait_for(waiting)
        view = self.scene.look(self.request)
        going = view.plan.to_remove
        if view.aws_auth is None or not going:
            return
        data = without_rows(view.data, {item.row.arn.lower() for item in going})
        self.way_back.keep_body(view.aws_auth)
        self.scene.door.write(view.aws_auth, data)
        after = self.scene.door.aws_auth()
        if after is not None:
            self.way_back.rows_removed(view.aws_auth, after)
        self.done += [f"took the row of {item.row.arn} out of {item.row.place}" for item in going]

    def _wait_for(self, entries: Sequence[Standing]) -> None:
        youngest = max(standing.created for standing in entries)
        left = (youngest + timedelta(seconds=self.settle) - self.now()).total_seconds()
        left = self.settle if self.fresh else min(left, self.settle)
        if left > 0:
            self.scene.say(f"waiting {left:.0f} s until the entries have stood for {self.settle:.0f} s")
            self.pause(left)

    @contextmanager
    def _noted(self, arn: str) -> Iterator[None]:
        try:
            yield
        except RegistrarError as error:
            self.errors.append((arn, error))

"""One thing that comes from outside: how cases of it are made, and the law that must hold whatever they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.properties.judge import Judge, running_judge

Law = Callable[[Any, Judge], str]

# So many cases share one run of hypothesis, whose memory grows with each.
ROUND = 2_500


@dataclass(frozen=True)
class Target:
    """``make`` makes a case; ``law`` judges it, with the authenticator's ParseMap at hand, and says what came of it.

    Cases are made by a generator of their own, from a seed that hypothesis draws: that is twenty times as fast as
    drawing each choice. The price is that a case which breaks the law is shown as it is, not made smaller.
    """

    name: str
    make: Callable[[Random], Any]
    law: Law

    def round(self, cases: int, seeded: int | None) -> Counter[str]:
        """Run some cases; returns how many came to what. Raises with the case that breaks the law.

        Without ``seeded`` the same cases come every time.
        """
        outcomes: Counter[str] = Counter()
        with running_judge() as judge:
            self._test(cases, seeded, judge, outcomes)()
        return outcomes

    def _test(self, cases: int, seeded: int | None, judge: Judge, outcomes: Counter[str]) -> Callable[[], None]:
        @settings(
            max_examples=cases,
            deadline=None,
            database=None,
            derandomize=seeded is None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=st.randoms(use_true_random=True).map(self.make))
        def holds(case: Any) -> None:
            outcomes[self.law(case, judge)] += 1

        return holds if seeded is None else seed(seeded)(holds)

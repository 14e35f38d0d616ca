"""An account's roles as a value, with reads that may still answer with what was before the last change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lab.memory.requests import GetRole, Page, PutRole, RoleRecord, RolesPage


@dataclass(frozen=True)
class Account:
    """The roles by their names in lower case (IAM: unique whatever their case), after so many changes.

    ``before`` are the roles as the last change of each found them, kept while ``stale_reads`` more reads may be
    answered by them: IAM is eventually consistent, and not even monotonic from one read to the next.
    """

    roles: tuple[tuple[str, RoleRecord], ...] = ()
    changes: int = 0
    stale_reads: int = 0
    before: tuple[tuple[str, RoleRecord | None], ...] = ()
    page: int = 1000

    @classmethod
    def of(cls, *roles: RoleRecord, stale_reads: int = 0, page: int = 1000) -> Account:
        """An account with these roles, which have been there for long."""
        by_name = {role.name.lower(): role for role in roles}
        return cls(tuple(sorted(by_name.items())), stale_reads=stale_reads, page=page)

    def put(self, change: PutRole) -> Account:
        """The account after a change."""
        roles, before, name = dict(self.roles), dict(self.before), change.name.lower()
        if self.stale_reads:
            before[name] = roles.get(name)
        roles.pop(name, None)
        if change.role is not None:
            roles[name] = change.role
        return Account(
            tuple(sorted(roles.items())), self.changes + 1, self.stale_reads, tuple(sorted(before.items())), self.page
        )

    def get(self, asked: GetRole) -> list[tuple[Account, RoleRecord | None]]:
        """Every answer that a read of one role may get, and the account after it."""
        now, name = dict(self.roles).get(asked.name.lower()), asked.name.lower()
        answers = [(self, now)]
        before = dict(self.before)
        if name in before and before[name] != now:
            answers.append((self._after_a_stale_read(), before[name]))
        return answers

    def list(self, asked: RolesPage) -> list[tuple[Account, Page]]:
        """Every answer that a page may get: a page is as it is now, or as it was before."""
        now = dict(self.roles)
        answers = [(self, self._page(now, asked.start))]
        was = {name: role for name, role in (now | dict(self.before)).items() if role is not None}
        if self._page(was, asked.start) != answers[0][1]:
            answers.append((self._after_a_stale_read(), self._page(was, asked.start)))
        return answers

    def _page(self, roles: Mapping[str, RoleRecord], start: int) -> Page:
        found = tuple(roles[name] for name in sorted(roles))
        end = start + self.page
        return Page(found[start:end], end if end < len(found) else None)

    def _after_a_stale_read(self) -> Account:
        left = self.stale_reads - 1
        return Account(self.roles, self.changes, left, self.before if left else (), self.page)

"""How a person may be reached: what they granted the mini-program, each good for one message, and their quiet hours."""
from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct, field

from server.domain.clock import Clock
from server.domain.reminders.quiet import QuietHours
from server.domain.reminders.reminders import Kind

Grants = Mapping[Kind, datetime]  # the kinds of which somebody ever granted one, each with when they first did

MOST_GRANTS = 1000  # of one kind; WeChat gives as many as the person says yes
REPORTS_REMEMBERED = 50


class Reach(Struct, frozen=True, kw_only=True):
    """Of one user. `grants` are left, `granted_at` tells when they first granted one; `reports`: the keys of the last that were counted."""

    id: int
    grants: dict[Kind, int] = field(default_factory=dict)
    granted_at: dict[Kind, datetime] = field(default_factory=dict)
    reports: tuple[str, ...] = ()
    quiet: QuietHours | None = None


class ReachStore(Protocol):
    """Where it is kept."""

    async def find_reach(self, user_id: int) -> Reach | None: ...

    async def find_reaches(self, user_ids: Sequence[int]) -> dict[int, Reach]: ...

    async def add_grants(self, user_id: int, granted: Mapping[Kind, int], key: str, at: datetime) -> None:
        """Once for that key; none beyond the most."""

    async def take_grant(self, user_id: int, kind: Kind) -> bool:
        """Whether there was one; it is spent then."""

    async def give_back_grant(self, user_id: int, kind: Kind) -> None:
        """WeChat did not use it."""

    async def drop_grants(self, user_id: int, kind: Kind) -> None:
        """WeChat knows of none."""

    async def set_quiet(self, user_id: int, quiet: QuietHours | None) -> None: ...

    async def list_granting(self, granted_after: datetime | None) -> dict[int, Grants]:
        """Of who granted something after that moment, or ever: all that they have granted at any time."""


class ReachService:
    """What people grant and wish. `templates`: WeChat's name of each kind that is sent."""

    def __init__(self, reaches: ReachStore, templates: Mapping[Kind, str], clock: Clock):
        self._reaches = reaches
        self.templates = templates
        self._clock = clock

    async def get_reach(self, user_id: int) -> Reach:
        return await self._reaches.find_reach(user_id) or Reach(id=user_id)

    async def add_grants(self, user_id: int, accepted: Sequence[str], key: str) -> Reach:
        """Counts what the mini-program reports, once for a key; templates that are not ours count nothing."""
        kinds = {template: kind for kind, template in self.templates.items()}
        granted = Counter(kinds[template] for template in accepted if template in kinds)
        if granted:
            await self._reaches.add_grants(user_id, granted, key, self._clock.now())
        return await self.get_reach(user_id)

    async def set_quiet(self, user_id: int, quiet: QuietHours | None) -> Reach:
        await self._reaches.set_quiet(user_id, quiet)
        return await self.get_reach(user_id)

"""Invitations: who may register. Made by operators, good for so many uses and so many days."""
from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct

from server.domain.clock import Clock
from server.domain.errors import Conflict, InvalidInput, NotFound
from server.domain.paging import Page, PageQuery
from server.domain.spelling import capital_letters

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 5 bits each, none looks like another
CODE_CHARACTERS = 10  # not to be guessed, with a captcha before each try
MOST_AT_ONCE = 100
MOST_USES = 10_000
MOST_DAYS = 366


class InvitationRefused(Conflict):
    """The invitation lets nobody in."""


class InvitationUnknown(InvitationRefused):
    """There is no such invitation, or it was taken back."""


class InvitationUsedUp(InvitationRefused):
    """As many have registered with it as may."""


class InvitationExpired(InvitationRefused):
    """Its time is over."""


class Invitation(Struct, frozen=True, kw_only=True):
    """`id` is the code. `made_by`: the operator's id, or None for the command line."""

    id: str
    uses: int
    uses_left: int
    expires_at: datetime
    created_at: datetime
    made_by: int | None = None
    note: str = ""


class InvitationStore(Protocol):
    """Where invitations are kept."""

    async def add_invitations(self, invitations: list[Invitation]) -> None: ...

    async def find_invitation(self, code: str) -> Invitation | None: ...

    async def find_open_invitation(self, note: str, now: datetime) -> Invitation | None:
        """One with that note that still lets somebody in."""

    async def page_invitations(self, page: PageQuery) -> Page[Invitation]:
        """Newest first."""

    async def take_use(self, code: str, now: datetime) -> bool:
        """Takes one of the uses that are left, in one conditional write; False when it lets nobody in."""

    async def give_back_use(self, code: str) -> None: ...

    async def remove_invitation(self, code: str) -> bool:
        """False if there is none."""


class InvitationService:
    """Making, using and taking back invitations."""

    def __init__(self, invitations: InvitationStore, clock: Clock):
        self._invitations = invitations
        self._clock = clock

    async def invite(self, *, count: int, uses: int, days: int, made_by: int | None = None, note: str = "") -> list[Invitation]:
        """So many new codes, each for so many uses. Raises InvalidInput."""
        bounds = {"count": (count, MOST_AT_ONCE), "uses": (uses, MOST_USES), "days": (days, MOST_DAYS)}
        problems = {name: _bound_problem(number, most) for name, (number, most) in bounds.items() if not 1 <= number <= most}
        if problems:
            raise InvalidInput(problems)
        now = self._clock.now()
        made = [
            Invitation(
                id="".join(secrets.choice(ALPHABET) for _ in range(CODE_CHARACTERS)),
                uses=uses,
                uses_left=uses,
                expires_at=now + timedelta(days=days),
                created_at=now,
                made_by=made_by,
                note=note,
            )
            for _ in range(count)
        ]
        await self._invitations.add_invitations(made)
        return made

    async def page_invitations(self, page: PageQuery) -> Page[Invitation]:
        return await self._invitations.page_invitations(page)

    async def find_open_invitation(self, note: str) -> Invitation | None:
        """One with that note that still lets somebody in."""
        return await self._invitations.find_open_invitation(note, self._clock.now())

    async def take_use(self, text: str) -> str:
        """Takes one use and gives the code as it is kept; of two who race for the last, one. Raises InvitationRefused, one of its kinds."""
        code = tidy_code(text)
        if not await self._invitations.take_use(code, self._clock.now()):
            await self.check(text)
            raise InvitationUsedUp()  # by somebody else, and one was given back since
        return code

    async def check(self, text: str) -> None:
        """Takes nothing. Raises InvitationRefused, one of its kinds, if it lets nobody in now."""
        found = await self._invitations.find_invitation(tidy_code(text))
        if found is None:
            raise InvitationUnknown()
        if found.uses_left <= 0:
            raise InvitationUsedUp()
        if self._clock.now() >= found.expires_at:
            raise InvitationExpired()

    async def give_back_use(self, code: str) -> None:
        """After a registration that failed."""
        await self._invitations.give_back_use(code)

    async def take_back(self, text: str) -> None:
        """Nobody registers with it any more. Raises NotFound."""
        if not await self._invitations.remove_invitation(tidy_code(text)):
            raise NotFound("invitation")


def tidy_code(text: str) -> str:
    """As people type it: with spaces, dashes and small letters."""
    return capital_letters(text.replace(" ", "").replace("-", ""))


def _bound_problem(number: int, most: int) -> list[str]:
    return ["at_least:1"] if number < 1 else [f"at_most:{most}"]

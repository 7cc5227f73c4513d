"""Invitations: who may register. Made by operators, good for so many uses and so many days."""
from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Annotated, Protocol

from msgspec import Meta, Struct
from msgspec.structs import fields

from server.domain.changes import Cause, Change
from server.domain.clock import Clock
from server.domain.errors import Conflict, InvalidInput
from server.domain.nouns import ADD, NOBODY, Noun, NounService, NounStore, Revision, Rules, about
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
    revision: int = 0


class InvitationsWanted(Struct, frozen=True, kw_only=True):
    """`count` codes, each for `uses` registrations within `days`."""

    count: Annotated[int, Meta(ge=1, le=MOST_AT_ONCE), about("数量", "How many")] = 1
    uses: Annotated[int, Meta(ge=1, le=MOST_USES), about("可用次数", "Registrations of each")] = 1
    days: Annotated[int, Meta(ge=1, le=MOST_DAYS), about("有效天数", "Days until they expire")] = 30
    note: Annotated[str, Meta(max_length=200), about("备注", "Note")] = ""


class InvitationView(Struct, frozen=True, kw_only=True):
    """An invitation as operators see it."""

    code: Annotated[str, about("邀请码", "Code")]
    uses: Annotated[int, about("可用次数", "Registrations")]
    uses_left: Annotated[int, about("剩余次数", "Left")]
    note: Annotated[str, about("备注", "Note")]
    expires_at: Annotated[datetime, about("过期时间", "Expires at")]
    created_at: Annotated[datetime, about("创建时间", "Made at")]
    made_by: Annotated[int | None, about("创建人", "Made by")]
    revision: Revision


INVITATIONS = Noun(
    area="accounts",
    name="invitations",
    zh="邀请码",
    en="Invitations",
    made=Invitation,
    new=InvitationsWanted,
    shown=InvitationView,
    id=str,
    key="code",
    label="code",
    searched=("id", "note"),
    sorted=("uses", "uses_left", "expires_at", "created_at"),
    filtered=("note", "made_by", "expires_at", "created_at"),
    order=("-created_at", "-id"),
)


class InvitationStore(NounStore[Invitation], Protocol):
    """Where invitations are kept. A save leaves the uses that are left as they are."""

    async def add_many(self, made: list[Invitation], changes: list[Change] | None = None) -> None:
        """With a change for each."""

    async def find_open_invitation(self, note: str, now: datetime) -> Invitation | None:
        """One with that note that still lets somebody in."""

    async def take_use(self, code: str, now: datetime) -> bool:
        """Takes one of the uses that are left, in one conditional write; False when it lets nobody in."""

    async def give_back_use(self, code: str) -> None: ...


class InvitationRules(Rules[Invitation]):
    """Codes are taken as people write them."""

    def tidy_id(self, id: str) -> str:
        return tidy_code(id)

    def show(self, made: Invitation) -> InvitationView:
        return InvitationView(code=made.id, **{name: getattr(made, name) for name in SHOWN})


SHOWN = tuple(field.name for field in fields(InvitationView) if field.name != "code")


class InvitationService(NounService[Invitation]):
    """Making, using and taking back invitations."""

    def __init__(self, invitations: InvitationStore, clock: Clock):
        super().__init__(INVITATIONS, invitations, clock, InvitationRules())
        self._invitations = invitations

    async def invite(self, wanted: InvitationsWanted, cause: Cause = NOBODY) -> list[Invitation]:
        """So many new codes, each for so many uses. Raises InvalidInput."""
        bounds = {"count": (wanted.count, MOST_AT_ONCE), "uses": (wanted.uses, MOST_USES), "days": (wanted.days, MOST_DAYS)}
        problems = {name: _bound_problem(number, most) for name, (number, most) in bounds.items() if not 1 <= number <= most}
        if problems:
            raise InvalidInput(problems)
        now = self._clock.now()
        made = [
            Invitation(
                id="".join(secrets.choice(ALPHABET) for _ in range(CODE_CHARACTERS)),
                uses=wanted.uses,
                uses_left=wanted.uses,
                expires_at=now + timedelta(days=wanted.days),
                created_at=now,
                made_by=cause.user_id,
                note=wanted.note,
                revision=1,
            )
            for _ in range(wanted.count)
        ]
        await self._invitations.add_many(made, [self.entry(ADD, None, one, cause) for one in made])
        return made

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
        found = await self._invitations.find(tidy_code(text))
        if found is None:
            raise InvitationUnknown()
        if found.uses_left <= 0:
            raise InvitationUsedUp()
        if self._clock.now() >= found.expires_at:
            raise InvitationExpired()

    async def give_back_use(self, code: str) -> None:
        """After a registration that failed."""
        await self._invitations.give_back_use(code)


def tidy_code(text: str) -> str:
    """As people type it: with spaces, dashes and small letters."""
    return capital_letters(text.replace(" ", "").replace("-", ""))


def _bound_problem(number: int, most: int) -> list[str]:
    return ["at_least:1"] if number < 1 else [f"at_most:{most}"]

"""Member codes: what a member shows at the counter, good for a few minutes, so that nobody lives on another's picture of it."""
from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Annotated, Any

from msgspec import Struct

from server.domain.accounts.users import User
from server.domain.clock import Clock
from server.domain.errors import NotFound
from server.domain.nouns import Id, Noun, NounService, NounStore, Revision, Rules, about
from server.domain.paging import Between

CODE_DIGITS = 18  # what a bar code of the mini-program's size shows, and nobody guesses
CODE_LIFE = timedelta(minutes=5)


class MemberCode(Struct, frozen=True, kw_only=True):
    """Names the member who shows it, until its time is over."""

    id: Annotated[str, about("会员码", "Member code")]
    revision: Revision = 1
    user_id: Annotated[int, about("会员", "Member", refers_to="mall.members")]
    good_until: Annotated[datetime, about("有效期至", "Good until")]


class MemberCodeRules(Rules[MemberCode]):
    """Those whose time is over are none."""

    def __init__(self, clock: Clock):
        self._clock = clock

    def tidy_filters(self, filters: dict[str, Any]) -> dict[str, Any]:
        return {**filters, "good_until": Between(first=self._clock.now())}


class MemberCodeDesk(NounService[MemberCode]):
    """Gives codes to members, and tells the staff whose they are."""

    def __init__(self, codes: NounStore[MemberCode], clock: Clock):
        super().__init__(MEMBER_CODES, codes, clock, MemberCodeRules(clock))
        self._codes = codes

    async def give(self, member: User) -> str:
        """A new one; those of before stay good for their time."""
        code = "".join(str(secrets.randbelow(10)) for _ in range(CODE_DIGITS))
        await self._codes.add(MemberCode(id=code, user_id=member.id, good_until=self._clock.now() + CODE_LIFE))
        return code

    async def get(self, id: Id) -> MemberCode:
        """Raises NotFound, also of one whose time is over."""
        found = await super().get(id)
        if found.good_until < self._clock.now():
            raise NotFound(self.noun.name)
        return found


MEMBER_CODES = Noun(
    area="mall",
    name="member-codes",
    zh="会员码",
    en="Member codes",
    made=MemberCode,
    id=str,
    label="id",
    searched=("id",),
    sorted=("good_until",),
    filtered=("user_id",),
    order=("-good_until",),
    is_kept=True,
)

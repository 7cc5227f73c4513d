"""Standings: who is of which level, by growth or by what was bought."""
from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Protocol

from msgspec import Struct

from server.domain.clock import Clock
from server.domain.errors import NotFound
from server.domain.mall.furniture import Furniture
from server.domain.mall.ledger import LedgerStore
from server.domain.mall.promotions.level_rules import WHOLE_PRICE, Level, highest
from server.domain.nouns import NounStore, NumberId, Revision, about
from server.domain.transactions import Transaction


class LevelMissing(NotFound):
    """There is no such level, or it is not in use."""


class Membership(Struct, frozen=True, kw_only=True):
    """What one member has bought: of which level until when. `renews`: it is bought again at the same price when it ends.

    `gifted`: the month, `yyyy-MM`, whose gifts were given.
    """

    id: NumberId  # the user's
    revision: Revision = 1
    level_id: Annotated[int, about("会员等级", "Level", refers_to="mall.levels")]
    price_id: Annotated[int, about("价格", "Price", refers_to="mall.level-prices")]
    begins_at: Annotated[datetime, about("开通时间", "Since")]
    ends_at: Annotated[datetime, about("到期时间", "Until")]
    renews: Annotated[bool, about("自动续期", "Renews")] = False
    gifted: Annotated[str, about("已赠月份", "Gifts given for")] = ""


class LevelGift(Struct, frozen=True, kw_only=True):
    """What a member was last given for being of a level in some month: `month` is `yyyy-MM`."""

    id: NumberId  # the user's
    revision: Revision = 1
    month: Annotated[str, about("月份", "Month")]
    level_id: Annotated[int, about("会员等级", "Level", refers_to="mall.levels")]
    points: Annotated[int, about("积分", "Points")] = 0
    given_at: Annotated[datetime, about("赠送时间", "Given at")]


class LevelGiftStore(NounStore[LevelGift], Protocol):
    """Where they are kept; one a member."""

    async def find_gift(self, user_id: int, within: Transaction | None = None) -> LevelGift | None: ...

    async def find_by_ids(self, ids: Iterable[int]) -> list[LevelGift]: ...


class MembershipStore(NounStore[Membership], Protocol):
    """Where memberships are kept; one a user."""

    async def find_membership(self, user_id: int, within: Transaction | None = None) -> Membership | None: ...

    async def list_ended(self, since: datetime, now: datetime, most: int) -> list[int]:
        """Users whose membership renews and has ended between these."""

    async def list_ungifted(self, month: str, now: datetime, most: int) -> list[int]:
        """Users whose membership lasts, and who were not given that month's gifts."""


class Standing(Struct, frozen=True):
    """Of which level a member is; `membership` if it was bought and lasts."""

    level: Level | None
    membership: Membership | None


class Standings:
    """Who is of a level by growth, or by what was bought: the higher one counts."""

    def __init__(self, levels: Furniture[Level], memberships: MembershipStore, wallets: LedgerStore, clock: Clock):
        self._levels = levels
        self._memberships = memberships
        self._wallets = wallets
        self._clock = clock

    async def list_levels(self) -> list[Level]:
        """Those in use, the lowest first."""
        return [level for level in await self._levels.list_all() if level.is_open]

    async def get_level(self, level_id: int) -> Level:
        """Raises LevelMissing."""
        found = next((level for level in await self.list_levels() if level.id == level_id), None)
        if found is None:
            raise LevelMissing("level")
        return found

    async def find_standing(self, user_id: int) -> Standing:
        levels = await self.list_levels()
        if not levels:
            return Standing(None, None)
        membership = await self._memberships.find_membership(user_id)
        lasts = membership if membership is not None and membership.ends_at > self._clock.now() else None
        wallet = await self._wallets.find_wallet(user_id) if any(level.growth for level in levels) else None
        growth = 0 if wallet is None else wallet.sums.growth
        bought = [level for level in levels if lasts is not None and level.id == lasts.level_id]
        reached = [level for level in levels if 0 < level.growth <= growth]
        level = highest([*bought, *reached])
        return Standing(level, lasts if level in bought else None)

    async def find_rebate(self, user_id: int) -> Level | None:
        """The member's level, if goods cost less for it."""
        if all(level.percent == WHOLE_PRICE for level in await self.list_levels()):
            return None
        level = (await self.find_standing(user_id)).level
        return level if level is not None and level.percent < WHOLE_PRICE else None

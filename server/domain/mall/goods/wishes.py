"""Wishes: who waits for goods that are sold out, so that the staff knows what to bring in and whom to tell."""
from __future__ import annotations

from datetime import datetime
from typing import Annotated, Protocol

from msgspec import Struct

from server.domain.clock import Clock
from server.domain.mall.goods.window import WindowService
from server.domain.nouns import Noun, NounService, NounStore, NumberId, Revision, about


class RestockWish(Struct, frozen=True, kw_only=True):
    """One member's, for one goods. `takes_message`: they have allowed the mini-program one message of it."""

    id: NumberId
    revision: Revision = 1
    goods_id: Annotated[int, about("商品", "Goods", refers_to="mall.goods")]
    user_id: Annotated[int, about("用户", "User")]
    takes_message: Annotated[bool, about("已订阅消息", "Takes a message")] = False
    asked_at: Annotated[datetime, about("登记时间", "Asked at")]


class WishStore(NounStore[RestockWish], Protocol):
    """Where wishes are kept; one for a member and goods."""

    async def keep_wish(self, wish: RestockWish) -> None:
        """In the place of the one before."""


class WishDesk(NounService[RestockWish]):
    """Takes wishes, and is the staff's work on them: whoever was told is taken off the list."""

    def __init__(self, wishes: WishStore, window: WindowService, clock: Clock):
        super().__init__(RESTOCK_WISHES, wishes, clock)
        self._wishes = wishes
        self._window = window
        self._now = clock.now

    async def ask(self, user_id: int, goods_id: int, *, takes_message: bool) -> None:
        """Again is the same wish, asked now. Raises GoodsMissing."""
        await self._window.get_offered(goods_id)
        wish_id, now = await self._wishes.next_id(), self._now()
        wish = RestockWish(id=wish_id, goods_id=goods_id, user_id=user_id, takes_message=takes_message, asked_at=now)
        await self._wishes.keep_wish(wish)


RESTOCK_WISHES = Noun(
    area="mall",
    name="restock-wishes",
    zh="到货登记",
    en="Restock wishes",
    made=RestockWish,
    label="id",
    searched=(),
    sorted=("id", "goods_id", "asked_at"),
    filtered=("goods_id", "user_id", "takes_message"),
    order=("-id",),
)

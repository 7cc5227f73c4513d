"""Virtual goods: a text that only who has bought it reads. One buys it once."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec.structs import replace

from server.domain.clock import Clock
from server.domain.errors import Conflict, InvalidInput, NotFound
from server.domain.mall.ledger import Cause, Ledger, Posting, Sums, wallet_of
from server.domain.mall.payments.payment import Payment
from server.domain.mall.payments.service import ids_in
from server.domain.mall.wallet.owned import MOST_FEN, OwnedStore
from server.domain.nouns import Noun, NumberId, Revision, Rules, about
from server.domain.paging import ListQuery, Page, PageQuery
from server.domain.transactions import Transaction, Transactions

VIRTUAL_GOODS_PAID = 2  # the type of payments for them

Line = Annotated[str, Meta(max_length=200)]


class VirtualGoodsMissing(NotFound):
    """There are no such virtual goods."""


class VirtualGoodsOff(Conflict):
    """They are not sold now."""


class VirtualGoodsTerms(Struct, frozen=True, kw_only=True):
    """`content` is what is bought."""

    name: Annotated[Annotated[str, Meta(min_length=1, max_length=200)], about("名称", "Name")]
    picture: Annotated[Annotated[str, Meta(max_length=512)], about("图片", "Picture", "picture")] = ""
    description: Annotated[Annotated[str, Meta(max_length=20_000)], about("介绍", "Description", "html")] = ""
    content: Annotated[Annotated[str, Meta(min_length=1, max_length=20_000)], about("购买后可见内容", "Content", "long_text")]
    price: Annotated[Annotated[int, Meta(ge=0, le=MOST_FEN)], about("价格", "Price", "money")] = 0
    points: Annotated[Annotated[int, Meta(ge=0, le=10**9)], about("所需积分", "Points")] = 0
    is_on_shelf: Annotated[bool, about("上架", "On the shelf")] = True


class VirtualGoods(VirtualGoodsTerms, frozen=True, kw_only=True):
    id: NumberId
    revision: Revision = 0
    added_at: Annotated[datetime | None, about("添加时间", "Added at")] = None


class VirtualGoodsRules(Rules[VirtualGoods]):
    """Told when they came."""

    def __init__(self, clock: Clock):
        self._clock = clock

    async def make(self, noun: Noun[VirtualGoods], id: Any, terms: Any, before: VirtualGoods | None) -> VirtualGoods:
        made = await super().make(noun, id, terms, before)
        return made if made.added_at is not None else replace(made, added_at=self._clock.now())


class Purchase(Struct, frozen=True, kw_only=True):
    """Somebody's, with what was paid for it."""

    id: NumberId
    revision: Revision = 1
    goods_id: Annotated[int, about("虚拟物品", "Virtual goods", refers_to="mall.virtual-goods")]
    user_id: Annotated[int, about("用户编号", "User")]
    name: Annotated[str, about("名称", "Name")]
    price: Annotated[int, about("支付金额", "Paid", "money")]
    points: Annotated[int, about("支付积分", "Points paid")]
    bought_at: Annotated[datetime, about("购买时间", "Bought at")]


class VirtualGoodsService:
    """Sells them. Implements Purpose."""

    def __init__(
        self,
        goods: OwnedStore[VirtualGoods],
        purchases: OwnedStore[Purchase],
        ledger: Ledger,
        transactions: Transactions,
        clock: Clock,
    ):
        self._goods = goods
        self._purchases = purchases
        self._ledger = ledger
        self._transactions = transactions
        self._clock = clock

    async def page_goods(self, page: PageQuery, *, is_on_shelf: bool) -> Page[VirtualGoods]:
        """The newest first."""
        return await self._goods.page(ListQuery(filters={"is_on_shelf": is_on_shelf}, order=("-id",)), page)

    async def get_goods(self, goods_id: int, within: Transaction | None = None) -> VirtualGoods:
        """Raises VirtualGoodsMissing."""
        found = await self._goods.find(goods_id, within)
        if found is None:
            raise VirtualGoodsMissing("virtual goods")
        return found

    async def has_bought(self, user_id: int, goods_id: int) -> bool:
        return await self._purchases.find_first(user_id=user_id, goods_id=goods_id) is not None

    async def page_purchases(self, user_id: int, page: PageQuery) -> Page[Purchase]:
        """The newest first."""
        return await self._purchases.page_with(page, user_id=user_id)

    async def buy(self, user_id: int, goods_id: int) -> None:
        """From the wallet; who has bought it pays nothing again.

        Raises VirtualGoodsMissing, VirtualGoodsOff, NotEnoughBalance and NotEnoughPoints.
        """
        id = await self._purchases.next_id()
        await self._transactions.run(lambda within: self._buy(id, user_id, goods_id, within), about=[wallet_of(user_id)])

    async def _buy(self, id: int, user_id: int, goods_id: int, within: Transaction) -> None:
        goods = await self.get_goods(goods_id, within)
        if await self._purchases.find_first(within, user_id=user_id, goods_id=goods_id) is not None:
            return
        if not goods.is_on_shelf:
            raise VirtualGoodsOff()
        made = Purchase(
            id=id,
            goods_id=goods.id,
            user_id=user_id,
            name=goods.name,
            price=goods.price,
            points=goods.points,
            bought_at=self._clock.now(),
        )
        await self._purchases.add(made, None, within)
        change = Sums(balance=-made.price, points=-made.points)
        if change != Sums():
            key = f"virtual:{made.id}:paid"
            posting = Posting(user_id=user_id, cause=Cause.PAID_CONTENT, key=key, change=change, remark=goods.name)
            await self._ledger.post_within(posting, within)

    # ---- Purpose

    def check(self, wanted: Mapping[str, Any]) -> None:
        if len(ids_in(wanted.get("id"))) != 1:
            raise InvalidInput({"nextAction": ["wrong_form"]})

    async def fulfil(self, payment: Payment, wanted: Mapping[str, Any], within: Transaction) -> None:
        [goods_id] = ids_in(wanted.get("id"))
        await self._buy(await self._purchases.next_id(), payment.user_id, goods_id, within)

    async def tell_fulfilled(self, payment: Payment, wanted: Mapping[str, Any]) -> None:
        """Buyers look at what they bought themselves."""


VIRTUAL_GOODS = Noun(
    area="mall",
    name="virtual-goods",
    zh="虚拟物品",
    en="Virtual goods",
    made=VirtualGoods,
    terms=VirtualGoodsTerms,
    searched=("name",),
    sorted=("id", "name", "price"),
    filtered=("is_on_shelf",),
    order=("-id",),
    is_kept=True,
)

PURCHASES = Noun(
    area="mall",
    name="virtual-purchases",
    zh="虚拟物品购买记录",
    en="Purchases of virtual goods",
    made=Purchase,
    searched=("name",),
    sorted=("id", "price", "bought_at"),
    filtered=("user_id", "goods_id", "bought_at"),
    order=("-id",),
    is_kept=True,
)

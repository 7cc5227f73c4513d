"""The operators' desk after the sale: settlements, sold lots and second offers as nouns."""
from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta, Struct

from server.domain.accounts.names import one_line
from server.domain.aftersale.books import Books, Enter
from server.domain.aftersale.second_offers import (
    LotNotFree,
    NoBidderLeft,
    OfferDecided,
    OfferState,
    SecondOffer,
    SecondOfferService,
)
from server.domain.aftersale.settlements import (
    AlreadyPaid,
    AlreadyShipped,
    Fate,
    LotsGone,
    NoPlace,
    NotOverdue,
    NotPaid,
    PaidBy,
    Settlement,
    SettlementOver,
    SettlementState,
    SoldLot,
    SoldLotStore,
)
from server.domain.changes import Cause
from server.domain.clock import Clock
from server.domain.errors import InvalidInput, NotFound
from server.domain.events import SaleNews
from server.domain.nouns import Action, Id, Noun, NounService, NounStore, NumberId, Revision, Rules, about
from server.domain.transactions import Transaction, Transactions

MOST_HOURS = 24 * 60

STATE_WORDS = {
    SettlementState.DUE: ("待付款", "Due"),
    SettlementState.PAID: ("已付款", "Paid"),
    SettlementState.SHIPPED: ("已发货", "Shipped"),
    SettlementState.GIVEN_UP: ("逾期未付", "Given up"),
}
PAID_BY_WORDS = {PaidBy.WALLET: ("线上", "On line"), PaidBy.HAND: ("人工登记", "Marked by hand")}
FATE_WORDS = {
    Fate.SETTLED: ("已结算", "In a settlement"),
    Fate.FREE: ("未付，待处理", "Unpaid, free"),
    Fate.OFFERED: ("已询下一位", "Offered to the next"),
    Fate.RELISTED: ("已重新上拍", "In another issue"),
}
OFFER_WORDS = {
    OfferState.OPEN: ("待答复", "Open"),
    OfferState.ACCEPTED: ("已接受", "Accepted"),
    OfferState.DECLINED: ("已谢绝", "Declined"),
    OfferState.EXPIRED: ("已过期", "Expired"),
    OfferState.WITHDRAWN: ("已撤回", "Withdrawn"),
}

Number = Annotated[int, Meta(ge=1, le=2**53 - 1)]
GroupId = Annotated[Number, about("期次", "Group", refers_to="auctions.groups")]
UserId = Annotated[Number, about("用户编号", "User", refers_to="accounts.people")]


class SettlementSight(Struct, frozen=True, kw_only=True):
    """A settlement as operators see it; the address in one line, amounts in fen."""

    id: NumberId
    group_id: GroupId
    issue: Annotated[Number, about("期号", "Issue")]
    user_id: UserId
    nickname: Annotated[str, about("昵称", "Name")]
    state: Annotated[SettlementState, about("状态", "State", labels=STATE_WORDS)]
    amount: Annotated[Number, about("应付", "Amount due", "money")]
    lots: Annotated[str, about("拍品", "Lots", "long_text")]
    lots_count: Annotated[int, about("件数", "Number of lots")]
    pay_by: Annotated[datetime, about("付款期限", "Pay by")]
    contact_name: Annotated[str, about("收件人", "Recipient")]
    contact_phone: Annotated[str, about("电话", "Phone")]
    address: Annotated[str, about("地址", "Address")]
    invoice_title: Annotated[str, about("发票抬头", "Invoice title")]
    tax_number: Annotated[str, about("税号", "Tax number")]
    paid_by: Annotated[PaidBy | None, about("付款方式", "Paid by", labels=PAID_BY_WORDS)]
    paid_at: Annotated[datetime | None, about("付款时间", "Paid at")]
    paid_operator_id: Annotated[int | None, about("登记人", "Marked by")]
    payment_number: Annotated[str, about("支付单号", "Payment")]
    carrier: Annotated[str, about("快递公司", "Carrier")]
    tracking: Annotated[str, about("快递单号", "Tracking number")]
    shipped_at: Annotated[datetime | None, about("发货时间", "Shipped at")]
    made_at: Annotated[datetime, about("生成时间", "Made at")]
    revision: Revision

    @classmethod
    def of(cls, one: Settlement) -> SettlementSight:
        told = {name: getattr(one, name) for name in cls.__struct_fields__ if name != "lots" and hasattr(one, name)}
        place, invoice = one.place, one.invoice
        return cls(
            **told,
            lots="\n".join(f"{lot.sn} {lot.score.strip()}".strip() for lot in one.lots),
            lots_count=len(one.lots),
            contact_name=place.contact_name if place is not None else "",
            contact_phone=place.contact_phone if place is not None else "",
            address=f"{place.province}{place.city}{place.district}{place.address} {place.zip}" if place is not None else "",
            invoice_title=invoice.title if invoice is not None else "",
            tax_number=invoice.tax_number if invoice is not None else "",
        )


class Deadline(Struct, frozen=True, kw_only=True):
    """Until when it is to be paid."""

    pay_by: Annotated[datetime, about("付款期限", "Pay by")]


class Parcel(Struct, frozen=True, kw_only=True):
    """How it is sent."""

    carrier: Annotated[str, Meta(min_length=1, max_length=40, pattern=r"\S"), about("快递公司", "Carrier")]
    tracking: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"\S"), about("快递单号", "Tracking number")]


class SettlementRules(Rules[Settlement]):
    """Settlements are shown flat."""

    def show(self, made: Settlement) -> SettlementSight:
        return SettlementSight.of(made)


class SettlementDesk(NounService[Settlement]):
    """What operators do about settlements. Each change is one transaction with its entry in the log; the winner is told."""

    def __init__(self, settlements: NounStore[Settlement], books: Books, clock: Clock):
        super().__init__(SETTLEMENTS, settlements, clock, SettlementRules())
        self._books = books

    async def mark_paid(self, settlement_id: Id, cause: Cause) -> Settlement:
        """The money came another way. Raises NotFound, AlreadyPaid and SettlementOver."""

        async def paid(one: Settlement, now: datetime, within: Transaction) -> Settlement:
            return one.paid(now, PaidBy.HAND, operator_id=cause.user_id)

        return await self._books.change(int(settlement_id), paid, step="paid", enter=self._enter("mark-paid", cause))

    async def ship(self, settlement_id: Id, cause: Cause, given: Parcel) -> Settlement:
        """Raises NotFound, NotPaid and NoPlace."""

        async def shipped(one: Settlement, now: datetime, within: Transaction) -> Settlement:
            return one.shipped(one_line(given.carrier), one_line(given.tracking), now)

        return await self._books.change(int(settlement_id), shipped, step="shipped", enter=self._enter("ship", cause))

    async def postpone(self, settlement_id: Id, cause: Cause, given: Deadline) -> Settlement:
        """Raises NotFound, InvalidInput, AlreadyPaid and SettlementOver."""
        self._check_deadline(given.pay_by)

        async def postponed(one: Settlement, now: datetime, within: Transaction) -> Settlement:
            return one.postponed(given.pay_by, now)

        return await self._books.change(int(settlement_id), postponed, step="due", enter=self._enter("postpone", cause))

    async def give_up(self, settlement_id: Id, cause: Cause) -> Settlement:
        """One whose time is over: what is paid later stays in the wallet, and its lots are free.

        Raises NotFound, AlreadyPaid, SettlementOver and NotOverdue.
        """

        async def given_up(one: Settlement, now: datetime, within: Transaction) -> Settlement:
            after = one.given_up(now)
            await self._books.free_lots_within(after, now, within)
            return after

        return await self._books.change(int(settlement_id), given_up, step="given_up", enter=self._enter("give-up", cause))

    async def restore(self, settlement_id: Id, cause: Cause, given: Deadline) -> Settlement:
        """One that was given up, as long as its lots are free. Raises NotFound, InvalidInput, AlreadyPaid, NotOverdue and LotsGone."""
        self._check_deadline(given.pay_by)

        async def restored(one: Settlement, now: datetime, within: Transaction) -> Settlement:
            after = one.restored(given.pay_by, now)
            await self._books.take_back_lots_within(after, now, within)
            return after

        return await self._books.change(int(settlement_id), restored, step="due", enter=self._enter("restore", cause))

    def _enter(self, verb: str, cause: Cause) -> Enter:
        return lambda before, after: self.entry(verb, before, after, cause)

    def _check_deadline(self, pay_by: datetime) -> None:
        if pay_by <= self._clock.now():
            raise InvalidInput({"pay_by": ["in_the_past"]})


class SoldSight(Struct, frozen=True, kw_only=True):
    """The row of a sold lot; amounts in fen."""

    id: Annotated[int, about("编号", "Id")]
    group_id: GroupId
    sn: Annotated[str, about("冠号", "Serial number")]
    category: Annotated[str, about("分类", "Category")]
    score: Annotated[str, about("评分", "Grade")]
    winner_id: Annotated[Number, about("竞得者", "Winner", refers_to="accounts.people")]
    hammer_price: Annotated[int, about("成交价", "Hammer price", "money")]
    fate: Annotated[Fate, about("状态", "State", labels=FATE_WORDS)]
    settlement_id: Annotated[Number, about("结算单", "Settlement", refers_to="auctions.settlements")]
    user_id: Annotated[Number, about("买家", "Buyer", refers_to="accounts.people")]
    price: Annotated[int, about("结算价", "Price", "money")]
    offer_id: Annotated[int | None, about("二次邀约", "Second offer", refers_to="auctions.second-offers")]
    relisted_as: Annotated[int | None, about("重新上拍为", "Put up again as", refers_to="auctions.lots")]
    changed_at: Annotated[datetime, about("变更时间", "Changed at")]
    revision: Revision


class SoldRules(Rules[SoldLot]):
    """Rows are shown as they are kept."""

    def show(self, made: SoldLot) -> SoldSight:
        return SoldSight(**{name: getattr(made, name) for name in SoldSight.__struct_fields__})


class Asking(Struct, frozen=True, kw_only=True):
    """For how long the bidder may think about it."""

    hours: Annotated[int, Meta(ge=1, le=MOST_HOURS), about("有效小时", "Hours")] = 48


class SoldDesk(NounService[SoldLot]):
    """What operators do about lots that were sold and are not paid."""

    def __init__(
        self,
        sold: NounStore[SoldLot],
        rows: SoldLotStore,
        offers: SecondOfferService,
        numbers: NounStore[SecondOffer],
        books: Books,
        transactions: Transactions,
        clock: Clock,
    ):
        super().__init__(SOLD_LOTS, sold, clock, SoldRules())
        self._rows = rows
        self._offers = offers
        self._numbers = numbers
        self._books = books
        self._transactions = transactions

    async def offer_next(self, goods_id: Id, cause: Cause, given: Asking) -> SoldLot:
        """To the next bidder, at their highest bid. Raises NotFound, LotNotFree and NoBidderLeft."""
        row = await self.get(goods_id)
        ranked, number = await self._offers.find_standings(row.id), await self._numbers.next_id()

        async def work(within: Transaction) -> tuple[SoldLot, SaleNews]:
            before, now = await self._rows.find_sold(row.id, within), self._clock.now()
            if before is None:
                raise NotFound(self.noun.name)
            offer = await self._offers.offer_within(before, ranked, number, now + timedelta(hours=given.hours), within)
            after = before.become(now, fate=Fate.OFFERED, offer_id=offer.id)
            await self._books.save_row(before, after, self.entry("offer-next", before, after, cause), within)
            return after, await self._offers.add_within(offer, None, within)

        after, news = await self._transactions.run(work, [f"sold:{row.id}"])
        self._books.tell(news)
        return after


class OfferSight(Struct, frozen=True, kw_only=True):
    """A second offer; the price in fen."""

    id: NumberId
    goods_id: Annotated[Number, about("拍品", "Lot", refers_to="auctions.lots")]
    group_id: GroupId
    sn: Annotated[str, about("冠号", "Serial number")]
    user_id: UserId
    nickname: Annotated[str, about("昵称", "Name")]
    price: Annotated[int, about("价格", "Price", "money")]
    state: Annotated[OfferState, about("状态", "State", labels=OFFER_WORDS)]
    expires_at: Annotated[datetime, about("有效期至", "Expires at")]
    settlement_id: Annotated[int | None, about("结算单", "Settlement", refers_to="auctions.settlements")]
    made_at: Annotated[datetime, about("发出时间", "Made at")]
    changed_at: Annotated[datetime, about("变更时间", "Changed at")]
    revision: Revision


class OfferRules(Rules[SecondOffer]):
    """Offers are shown without what counts news."""

    def show(self, made: SecondOffer) -> OfferSight:
        return OfferSight(**{name: getattr(made, name) for name in OfferSight.__struct_fields__})


class SecondOfferDesk(NounService[SecondOffer]):
    """What operators do about second offers."""

    def __init__(self, offers: NounStore[SecondOffer], service: SecondOfferService, clock: Clock):
        super().__init__(SECOND_OFFERS, offers, clock, OfferRules())
        self._service = service

    async def withdraw(self, offer_id: Id, cause: Cause) -> SecondOffer:
        """The lot is free again. Raises NotFound and OfferDecided."""
        await self.get(offer_id)
        return await self._service.end(
            int(offer_id), OfferState.WITHDRAWN, lambda before, after: self.entry("withdraw", before, after, cause)
        )


SETTLEMENTS = Noun(
    area="auctions",
    name="settlements",
    zh="成交结算",
    en="Settlements",
    made=Settlement,
    shown=SettlementSight,
    label="nickname",
    searched=("nickname", "tracking", "payment_number", "contact_name", "contact_phone", "lots"),
    sorted=("id", "amount", "pay_by", "paid_at"),
    filtered=("group_id", "issue", "user_id", "state", "pay_by", "paid_at", "paid_by", "amount"),
    order=("-id",),
    is_kept=True,
    raises=(AlreadyPaid, NotPaid, NoPlace, NotOverdue, SettlementOver, LotsGone, AlreadyShipped),
    actions=(
        Action("mark-paid", "登记已付款", "Mark as paid", SettlementDesk.mark_paid, needs_reason=True),
        Action("ship", "发货", "Ship", SettlementDesk.ship, input=Parcel),
        Action("postpone", "延长付款期限", "Give more time to pay", SettlementDesk.postpone, needs_reason=True, input=Deadline),
        Action("give-up", "判为逾期未付", "Give up as unpaid", SettlementDesk.give_up, needs_reason=True),
        Action("restore", "恢复待付款", "Restore", SettlementDesk.restore, needs_reason=True, input=Deadline),
    ),
)

SOLD_LOTS = Noun(
    area="auctions",
    name="sold-lots",
    zh="成交拍品",
    en="Sold lots",
    made=SoldLot,
    shown=SoldSight,
    label="sn",
    searched=("sn", "category"),
    sorted=("id", "hammer_price", "price", "changed_at"),
    filtered=("group_id", "fate", "category", "settlement_id", "user_id", "winner_id"),
    order=("-group_id", "id"),
    is_kept=True,
    raises=(LotNotFree, NoBidderLeft),
    actions=(Action("offer-next", "询问下一位出价者", "Offer to the next bidder", SoldDesk.offer_next, needs_reason=True, input=Asking),),
)

SECOND_OFFERS = Noun(
    area="auctions",
    name="second-offers",
    zh="二次邀约",
    en="Second offers",
    made=SecondOffer,
    shown=OfferSight,
    label="sn",
    searched=("sn", "nickname"),
    sorted=("id", "price", "expires_at"),
    filtered=("group_id", "goods_id", "user_id", "state", "expires_at"),
    order=("-id",),
    is_kept=True,
    raises=(OfferDecided,),
    actions=(Action("withdraw", "撤回", "Withdraw", SecondOfferDesk.withdraw, needs_reason=True),),
)

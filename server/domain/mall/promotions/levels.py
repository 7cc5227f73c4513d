"""Members of levels: who is of which, how it is bought and renewed, and what they are given each month."""
from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from server.domain.clock import Clock
from server.domain.errors import Conflict, NotFound
from server.domain.mall.furniture import Furniture
from server.domain.mall.ledger import Cause, Ledger, LedgerStore, NotEnoughBalance, Posting, Sums, wallet_of
from server.domain.mall.payments.payment import Payment
from server.domain.mall.promotions.coupon_rules import CouponRule
from server.domain.mall.promotions.coupon_taking import CouponService, rule_in
from server.domain.mall.promotions.coupons import Coupon, CouponSource, CouponStore
from server.domain.mall.promotions.level_rules import Level, LevelPrice, after_span
from server.domain.mall.promotions.standings import (
    LevelGift,
    LevelGiftStore,
    LevelMissing,
    Membership,
    MembershipStore,
    Standings,
)
from server.domain.moments import SHANGHAI
from server.domain.nouns import Noun, NounStore, NumberId, Revision, about
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Contended, Transaction, Transactions

LEVELS_SOLD = 6  # the type of a payment
AT_ONCE = 20
GROWN_AT_ONCE = 200
REPEATED_WITHIN = timedelta(seconds=10)  # the same again from a wallet is a button pressed twice, or a client that has heard nothing
RENEWED_WITHIN = timedelta(days=3)  # of the end: what ended while the server was down is renewed; what is older is over


class LevelPriceMissing(NotFound):
    """There is no such price, or nothing is sold at it."""


class LowerLevel(Conflict):
    """Who is of a higher level that was paid for does not buy a lower one meanwhile."""


class LevelPurchase(Struct, frozen=True, kw_only=True):
    """One time that a level was paid for."""

    id: NumberId
    revision: Revision = 1
    number: Annotated[str, about("单号", "Number")]
    user_id: Annotated[int, about("用户编号", "User")]
    level_id: Annotated[int, about("会员等级", "Level", refers_to="mall.levels")]
    price_id: Annotated[int, about("价格", "Price", refers_to="mall.level-prices")]
    paid: Annotated[int, about("金额", "Paid", "money")]
    until: Annotated[datetime, about("到期时间", "Until")]
    remark: Annotated[str, about("备注", "Remark")] = ""
    is_renewal: Annotated[bool, about("续期", "A renewal")] = False
    bought_at: Annotated[datetime, about("购买时间", "Bought at")]


class PurchaseStore(NounStore[LevelPurchase], Protocol):
    """Where purchases are kept."""

    async def page_of(self, user_id: int, page: PageQuery) -> Page[LevelPurchase]:
        """The newest first."""

    async def find_last(self, user_id: int, within: Transaction) -> LevelPurchase | None:
        """Of that member."""


def paid_key(purchase_id: int) -> str:
    """Of the entry for its price."""
    return f"level:{purchase_id}"


def gift_key(gift: LevelGift) -> str:
    """Of the entry for a month's points."""
    return f"level-gift:{gift.id}:{gift.month}"


class LevelService:
    """Sells levels, renews them, and gives what they bring."""

    def __init__(
        self,
        standings: Standings,
        prices: Furniture[LevelPrice],
        memberships: MembershipStore,
        gifts: LevelGiftStore,
        purchases: PurchaseStore,
        rules: Furniture[CouponRule],
        coupons: CouponService,
        coupon_store: CouponStore,
        wallets: LedgerStore,
        ledger: Ledger,
        transactions: Transactions,
        clock: Clock,
    ):
        self._standings = standings
        self._prices = prices
        self._memberships = memberships
        self._gifts = gifts
        self._purchases = purchases
        self._rules = rules
        self._coupons = coupons
        self._coupon_store = coupon_store
        self._ledger = ledger
        self._transactions = transactions
        self._clock = clock
        self._wallets = wallets
        self._seen = 0  # of those who have grown, in this walk through them

    # ---- looking

    async def list_prices(self, level_id: int) -> list[LevelPrice]:
        """Those that something is sold at, the lowest first."""
        return [price for price in await self._prices.list_all() if price.level_id == level_id and price.is_open]

    async def page_purchases(self, user_id: int, page: PageQuery) -> Page[LevelPurchase]:
        return await self._purchases.page_of(user_id, page)

    # ---- buying

    async def buy(self, user_id: int, price_id: int, *, renews: bool, remark: str = "") -> LevelPurchase:
        """From the wallet; asked for again at once it is the same purchase. Raises LevelPriceMissing, LowerLevel and NotEnoughBalance."""

        async def work(within: Transaction) -> LevelPurchase:
            last = await self._purchases.find_last(user_id, within)
            is_again = last is not None and last.price_id == price_id and self._clock.now() - last.bought_at < REPEATED_WITHIN
            if last is not None and is_again:
                return last
            return await self.buy_within(user_id, price_id, within, renews=renews, remark=remark)

        return await self._transactions.run(work, about=[wallet_of(user_id)])

    async def check_sale(self, price_id: int) -> LevelPrice:
        """Raises LevelPriceMissing."""
        found = next((price for price in await self._prices.list_all() if price.id == price_id and price.is_open), None)
        if found is None or all(level.id != found.level_id for level in await self._standings.list_levels()):
            raise LevelPriceMissing("price")
        return found

    async def buy_within(
        self, user_id: int, price_id: int, within: Transaction, *, renews: bool, remark: str = "", is_renewal: bool = False
    ) -> LevelPurchase:
        """As part of a transaction. The same level lasts longer; a higher one begins now. Raises as `buy`."""
        price, now = await self.check_sale(price_id), self._clock.now()
        level, before = await self._standings.get_level(price.level_id), await self._memberships.find_membership(user_id, within)
        begins_at = await self._begin(before, level, now, is_renewal=is_renewal)
        ends_at = after_span(begins_at, price.duration, price.span)
        purchase_id = await self._purchases.next_id()
        purchase = LevelPurchase(
            id=purchase_id,
            number=f"VIP{now.astimezone(SHANGHAI):%y%m%d%H%M%S}{purchase_id:06}{secrets.token_hex(2)}",
            user_id=user_id,
            level_id=level.id,
            price_id=price.id,
            paid=price.price,
            until=ends_at,
            remark=remark,
            is_renewal=is_renewal,
            bought_at=now,
        )
        change = Sums(balance=-price.price)
        posting = Posting(user_id=user_id, cause=Cause.LEVEL, key=paid_key(purchase_id), change=change, remark=level.name)
        await self._ledger.post_within(posting, within)
        await self._purchases.add(purchase, None, within)
        await self._put(before, level, price, (begins_at, ends_at), within, user_id=user_id, renews=renews)
        if level.welcome_points:
            # The key is that of the member and the level: who comes back to it is not welcomed twice.
            key, points = f"level-welcome:{user_id}:{level.id}", Sums(points=level.welcome_points)
            await self._ledger.post_within(
                Posting(user_id=user_id, cause=Cause.LEVEL, key=key, change=points, remark=level.name), within
            )
        return purchase

    async def _begin(self, before: Membership | None, level: Level, now: datetime, *, is_renewal: bool) -> datetime:
        if before is None:
            return now
        if before.level_id == level.id and (is_renewal or before.ends_at > now):
            return before.ends_at
        had = next((one for one in await self._standings.list_levels() if one.id == before.level_id), None)
        if before.ends_at > now and had is not None and had.rank > level.rank:
            raise LowerLevel()
        return now

    async def _put(
        self,
        before: Membership | None,
        level: Level,
        price: LevelPrice,
        times: tuple[datetime, datetime],
        within: Transaction,
        *,
        user_id: int,
        renews: bool,
    ) -> None:
        is_more = before is not None and before.level_id == level.id
        after = Membership(
            id=user_id,
            revision=1 if before is None else before.revision + 1,
            level_id=level.id,
            price_id=price.id,
            begins_at=before.begins_at if before is not None and is_more else times[0],
            ends_at=times[1],
            renews=renews,
            gifted="" if before is None else before.gifted,
        )
        if before is None:
            await self._memberships.add(after, None, within)
        elif not await self._memberships.save(before, after, None, within):
            raise Contended()

    # ---- what time brings

    async def look_after(self) -> None:
        """One round: what ended is renewed, and the month's gifts are given."""
        now = self._clock.now()
        for user_id in await self._memberships.list_ended(now - RENEWED_WITHIN, now, AT_ONCE):
            await self._renew(user_id)
        for user_id in await self._memberships.list_ungifted(_month(now), now, AT_ONCE):
            await self._give_monthly(user_id)
        await self._look_after_grown(now)

    async def _look_after_grown(self, now: datetime) -> None:
        """The next of those who are of some level by growth: each round goes on where the one before it stopped."""
        least = min([level.growth for level in await self._standings.list_levels() if level.growth and level.gives_monthly], default=0)
        if not least:
            return
        users = await self._wallets.list_grown(least, self._seen, GROWN_AT_ONCE)
        self._seen = self._seen + len(users) if len(users) == GROWN_AT_ONCE else 0
        had = {gift.id for gift in await self._gifts.find_by_ids(users) if gift.month >= _month(now)} if users else set()
        for user_id in users:
            level = None if user_id in had else (await self._standings.find_standing(user_id)).level
            if level is not None and level.gives_monthly:
                await self._give_monthly(user_id)

    async def _renew(self, user_id: int) -> None:
        async def work(within: Transaction) -> None:
            before = await self._memberships.find_membership(user_id, within)
            if before is not None and before.renews and before.ends_at <= self._clock.now():
                await self.buy_within(user_id, before.price_id, within, renews=True, is_renewal=True)

        async def give_up(within: Transaction) -> None:
            before = await self._memberships.find_membership(user_id, within)
            if before is not None and before.renews and before.ends_at <= self._clock.now():
                await self._save(before, within, renews=False)

        try:
            await self._transactions.run(work, about=[wallet_of(user_id)])
        except (NotEnoughBalance, LevelPriceMissing, LevelMissing):
            await self._transactions.run(give_up)

    async def _give_monthly(self, user_id: int) -> None:
        rules = {rule.id: rule for rule in await self._rules.list_all()}
        level = (await self._standings.find_standing(user_id)).level

        async def work(within: Transaction) -> None:
            now, month = self._clock.now(), _month(self._clock.now())
            bought, last = await self._memberships.find_membership(user_id, within), await self._gifts.find_gift(user_id, within)
            was_given = bought is not None and bought.gifted >= month or last is not None and last.month >= month
            if bought is not None and bought.ends_at > now and bought.gifted < month:
                await self._save(bought, within, gifted=month)
            if level is not None and not was_given:
                await self._give(user_id, level, [rules[id] for id in level.monthly_rule_ids if id in rules], last, within)

        await self._transactions.run(work, about=[wallet_of(user_id)])

    async def _give(
        self, user_id: int, level: Level, rules: Sequence[CouponRule], last: LevelGift | None, within: Transaction
    ) -> None:
        now, revision = self._clock.now(), 1 if last is None else last.revision + 1
        gift = LevelGift(
            id=user_id, revision=revision, month=_month(now), level_id=level.id, points=level.monthly_points, given_at=now
        )
        if last is None:
            await self._gifts.add(gift, None, within)
        elif not await self._gifts.save(last, gift, None, within):
            raise Contended()
        if gift.points:
            change = Sums(points=gift.points)
            posting = Posting(user_id=user_id, cause=Cause.LEVEL, key=gift_key(gift), change=change, remark=level.name)
            await self._ledger.post_within(posting, within)
        ids = await self._coupon_store.next_ids(len(rules)) if rules else []
        for rule, coupon_id in zip(rules, ids):
            if rule.is_given_at(now):
                await self._coupons.hand_gift(rule, Coupon.of(rule, coupon_id, user_id, CouponSource.GIFT, now), within)

    async def _save(self, before: Membership, within: Transaction, **changes: Any) -> None:
        if not await self._memberships.save(before, replace(before, revision=before.revision + 1, **changes), None, within):
            raise Contended()


def _month(now: datetime) -> str:
    return f"{now.astimezone(SHANGHAI):%Y-%m}"


class LevelPurpose:
    """Levels as what is paid for: the wallet pays the whole price, of which the payment may be a part. Implements Purpose."""

    def __init__(self, levels: LevelService):
        self._levels = levels

    def check(self, wanted: Mapping[str, Any]) -> None:
        rule_in(wanted, "userLevelPriceId")

    async def fulfil(self, payment: Payment, wanted: Mapping[str, Any], within: Transaction) -> None:
        renews = str(wanted.get("isAutoRenew")).lower() == "true"
        await self._levels.buy_within(payment.user_id, rule_in(wanted, "userLevelPriceId"), within, renews=renews)

    async def tell_fulfilled(self, payment: Payment, wanted: Mapping[str, Any]) -> None:
        """Members look at their level themselves."""


MEMBERSHIPS = Noun(
    area="mall",
    name="memberships",
    zh="会员资格",
    en="Memberships",
    made=Membership,
    label="id",
    searched=(),
    sorted=("id", "begins_at", "ends_at"),
    filtered=("level_id", "renews", "ends_at"),
    order=("-ends_at", "id"),
    is_kept=True,
)

LEVEL_GIFTS = Noun(
    area="mall",
    name="level-gifts",
    zh="会员每月赠送",
    en="Gifts of levels",
    made=LevelGift,
    label="month",
    searched=(),
    sorted=("id", "given_at"),
    filtered=("month", "level_id"),
    order=("-given_at", "id"),
    is_kept=True,
)

PURCHASES = Noun(
    area="mall",
    name="level-purchases",
    zh="会员购买记录",
    en="Purchases of levels",
    made=LevelPurchase,
    label="number",
    searched=("number", "remark"),
    sorted=("id", "bought_at", "paid"),
    filtered=("user_id", "level_id", "is_renewal", "bought_at"),
    order=("-id",),
    is_kept=True,
)

"""The staff's desks for coupons: rules, printed numbers, and what members have."""
from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from server.domain.changes import Cause as Reason
from server.domain.clock import Clock
from server.domain.errors import InvalidInput
from server.domain.mall.promotions.coupon_papers import CodeState, CouponCode, CouponCodeStore
from server.domain.mall.promotions.coupon_rules import CouponRule, CouponTerms
from server.domain.mall.promotions.coupon_taking import CouponsGone, Receivers
from server.domain.mall.promotions.coupons import Coupon, CouponSource, CouponState, CouponStore, CouponUnusable
from server.domain.nouns import Action, ChangedMeanwhile, Id, Noun, NounService, NounStore, Rules, about
from server.domain.transactions import Transaction, Transactions

NUMBER_DIGITS, PASSWORD_DIGITS = 16, 8
MOST_PRINTED = 1000  # at once
MOST_GIVEN = 200  # people at once

Add = Callable[[CouponRule, Transaction], Awaitable[None]]


class Print(Struct, frozen=True, kw_only=True):
    """They count as given."""

    number: Annotated[Annotated[int, Meta(ge=1, le=MOST_PRINTED)], about("数量", "How many")]


class Give(Struct, frozen=True, kw_only=True):
    """One each."""

    user_ids: Annotated[
        Annotated[tuple[Annotated[int, Meta(ge=1, le=2**53 - 1)], ...], Meta(min_length=1, max_length=MOST_GIVEN)],
        about("用户编号", "To the users", "list"),
    ]


class CouponRuleDesk(NounService[CouponRule]):
    """Rules, and what is given by them for nothing: printed, or straight to members."""

    def __init__(
        self,
        store: NounStore[CouponRule],
        rules: Rules[CouponRule],
        coupons: CouponStore,
        codes: CouponCodeStore,
        receivers: Receivers,
        transactions: Transactions,
        clock: Clock,
    ):
        super().__init__(COUPON_RULES, store, clock, rules)
        self._coupons = coupons
        self._codes = codes
        self._receivers = receivers
        self._transactions = transactions

    async def print_codes(self, rule_id: Id, cause: Reason, wanted: Print) -> CouponRule:
        """Raises NotFound, CouponsGone and ChangedMeanwhile."""
        now = self._clock.now()
        codes = [
            CouponCode(id=id, number=_digits(NUMBER_DIGITS), password=_digits(PASSWORD_DIGITS), rule_id=int(rule_id), printed_at=now)
            for id in await self._codes.next_ids(wanted.number)
        ]

        async def add(rule: CouponRule, within: Transaction) -> None:
            await self._codes.add_many(codes, None, within)

        return await self._give(rule_id, "print", cause, wanted.number, add)

    async def give_coupons(self, rule_id: Id, cause: Reason, wanted: Give) -> CouponRule:
        """However many they have. Raises NotFound, InvalidInput, CouponsGone and ChangedMeanwhile."""
        ids, now = list(dict.fromkeys(wanted.user_ids)), self._clock.now()
        if any([await self._receivers.find_receiver(id, "") is None for id in ids]):
            raise InvalidInput({"user_ids": ["unknown"]})
        numbers = await self._coupons.next_ids(len(ids))

        async def add(rule: CouponRule, within: Transaction) -> None:
            for number, id in zip(numbers, ids):
                await self._coupons.add(Coupon.of(rule, number, id, CouponSource.GIVEN, now), None, within)

        return await self._give(rule_id, "give", cause, len(ids), add)

    async def _give(self, rule_id: Id, verb: str, cause: Reason, number: int, add: Add) -> CouponRule:
        before = await self.get(rule_id)
        after = replace(before, revision=before.revision + 1)
        entry = self.entry(verb, before, after, cause)

        async def work(within: Transaction) -> None:
            if not await self._store.save(before, after, entry, within):
                raise ChangedMeanwhile()
            if not await self._coupons.give(before.id, number, before.total, within):
                raise CouponsGone()
            await add(after, within)

        await self._transactions.run(work, about=[f"coupons:{before.id}"])
        return after


class CouponDesk(NounService[Coupon]):
    """What members have."""

    def __init__(self, coupons: CouponStore, clock: Clock):
        super().__init__(COUPONS, coupons, clock)

    async def void_coupon(self, coupon_id: Id, cause: Reason) -> Coupon:
        """One that is good. Raises NotFound, CouponUnusable and ChangedMeanwhile."""

        async def voided(before: Coupon) -> Coupon:
            if before.state is not CouponState.GOOD:
                raise CouponUnusable()
            return before.become(state=CouponState.VOID)

        return await self.act(coupon_id, "void", cause, voided)


class CouponCodeDesk(NounService[CouponCode]):
    """Printed numbers."""

    def __init__(self, codes: CouponCodeStore, clock: Clock):
        super().__init__(COUPON_CODES, codes, clock)

    async def void_code(self, code_id: Id, cause: Reason) -> CouponCode:
        """One that nobody has exchanged. Raises NotFound, CouponUnusable and ChangedMeanwhile."""

        async def voided(before: CouponCode) -> CouponCode:
            if before.state is not CodeState.OPEN:
                raise CouponUnusable()
            return before.become(state=CodeState.VOID)

        return await self.act(code_id, "void", cause, voided)


def _digits(count: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(count))


COUPON_RULES = Noun(
    area="mall",
    name="coupon-rules",
    zh="优惠券规则",
    en="Coupon rules",
    made=CouponRule,
    terms=CouponTerms,
    searched=("name", "kind", "reference"),
    sorted=("id", "name", "sort"),
    filtered=("is_open", "is_shown", "kind", "shop_id"),
    order=("sort", "id"),
    is_kept=True,
    raises=(CouponsGone,),
    actions=(
        Action("print", "生成券号", "Print numbers", CouponRuleDesk.print_codes, input=Print),
        Action("give", "发放", "Give to members", CouponRuleDesk.give_coupons, needs_reason=True, input=Give),
    ),
)

COUPONS = Noun(
    area="mall",
    name="coupons",
    zh="会员优惠券",
    en="Members' coupons",
    made=Coupon,
    searched=("name",),
    sorted=("id", "taken_at", "ends_at"),
    filtered=("rule_id", "user_id", "state", "source", "order_id"),
    order=("-id",),
    is_kept=True,
    raises=(CouponUnusable,),
    actions=(Action("void", "作废", "Void", CouponDesk.void_coupon, needs_reason=True),),
)

COUPON_CODES = Noun(
    area="mall",
    name="coupon-codes",
    zh="优惠券券号",
    en="Printed coupons",
    made=CouponCode,
    label="number",
    searched=("number",),
    sorted=("id", "printed_at"),
    filtered=("rule_id", "state", "number"),
    order=("-id",),
    is_kept=True,
    raises=(CouponUnusable,),
    actions=(Action("void", "作废", "Void", CouponCodeDesk.void_code, needs_reason=True),),
)

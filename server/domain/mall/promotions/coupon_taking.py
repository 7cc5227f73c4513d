"""Taking coupons: how members come by them, send them on and merge them."""
from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from hmac import compare_digest
from typing import Any, Protocol

from server.domain.accounts.users import User
from server.domain.clock import Clock
from server.domain.errors import Conflict, InvalidInput, NotFound
from server.domain.mall.furniture import Furniture
from server.domain.mall.ledger import Cause, Ledger, NotEnoughPoints, Posting, Sums, wallet_of
from server.domain.mall.payments.payment import Payment
from server.domain.mall.promotions.coupon_papers import CodeState, CouponCodeStore, CouponMerge
from server.domain.mall.promotions.coupon_rules import CouponRule, CouponTally
from server.domain.mall.promotions.coupons import Coupon, CouponMissing, CouponSource, CouponState, CouponStore
from server.domain.transactions import Contended, Transaction, Transactions

MOST_LISTED = 200
COUPONS = 7  # the type of a payment
REPEATED_WITHIN = timedelta(seconds=10)  # the same again for points is a button pressed twice, or a client that has heard nothing


class RuleMissing(NotFound):
    """There is no such rule."""


class CouponPasswordWrong(Conflict):
    """The coupon is for those who know its password."""


class CouponsGone(Conflict):
    """All coupons of the rule are given."""


class CouponLimitReached(Conflict):
    """One person may not have more of these: `most`."""

    def __init__(self, most: int):
        super().__init__(most)
        self.most = most


class CouponsClosed(Conflict):
    """None of these are given now."""


class SignDaysShort(Conflict):
    """Who takes it has to have signed in on so many days running."""

    def __init__(self, days: int):
        super().__init__(days)
        self.days = days


class CouponCosts(Conflict):
    """It is paid for on line: `price` fen."""

    def __init__(self, price: int):
        super().__init__(price)
        self.price = price


class CouponCodeWrong(Conflict):
    """There is no such printed number with that password, or it is exchanged."""


class ReceiverMissing(NotFound):
    """Nobody is known by that number or telephone."""


class MergeMissing(NotFound):
    """There is no such merge."""


class WrongCoupons(Conflict):
    """The coupons are not those that the merge takes."""


class Rules(Protocol):
    """Rules by their ids."""

    async def find(self, id: Any) -> CouponRule | None: ...


class SignDays(Protocol):
    """Who signs in daily."""

    async def count_running(self, user_id: int) -> int:
        """On how many days running until today, or until yesterday."""


class Receivers(Protocol):
    """Members whom something can be sent to."""

    async def find_receiver(self, user_id: int | None, mobile: str) -> User | None: ...


def given_key(coupon_id: int) -> str:
    """Of the entry for what was given for it."""
    return f"coupon:{coupon_id}:taken"


class CouponService:
    """Members' coupons. Whatever changes hands does so in one transaction with what is given for it."""

    def __init__(
        self,
        coupons: CouponStore,
        rules: Rules,
        kept_rules: Furniture[CouponRule],
        merges: Furniture[CouponMerge],
        codes: CouponCodeStore,
        signs: SignDays,
        receivers: Receivers,
        ledger: Ledger,
        transactions: Transactions,
        clock: Clock,
    ):
        self._coupons = coupons
        self._rules = rules
        self._kept_rules = kept_rules
        self._merges = merges
        self._codes = codes
        self._signs = signs
        self._receivers = receivers
        self._ledger = ledger
        self._transactions = transactions
        self._clock = clock
        self._gone: dict[int, int] = {}  # rule → what was its total when none was left; none ever comes back

    # ---- looking

    async def list_rules(self, ids: Sequence[int] | None = None) -> list[tuple[CouponRule, CouponTally]]:
        """Those that are given now and listed, or those of the ids, listed or not."""
        now = self._clock.now()
        rules = [rule for rule in await self._kept_rules.list_all() if rule.is_given_at(now)]
        rules = [rule for rule in rules if (rule.is_shown if ids is None else rule.id in ids)]
        tallies = await self._coupons.find_tallies([rule.id for rule in rules])
        return [(rule, tallies[rule.id]) for rule in rules]

    async def get_rule(self, rule_id: int) -> tuple[CouponRule, CouponTally]:
        """Closed ones too: coupons of it may be good. Raises RuleMissing."""
        rule = await self._get_rule(rule_id)
        return rule, (await self._coupons.find_tallies([rule_id]))[rule_id]

    async def list_coupons(self, user_id: int) -> list[Coupon]:
        """The newest first."""
        return await self._coupons.list_of(user_id, MOST_LISTED)

    async def list_merges(self) -> list[tuple[CouponMerge, Mapping[int, CouponRule]]]:
        """With the rules that they name."""
        rules = {rule.id: rule for rule in await self._kept_rules.list_all()}
        return [(one, rules) for one in await self._merges.list_all() if one.is_open]

    # ---- taking

    async def take(self, user_id: int, rule_id: int, password: str, *, is_trial: bool = False) -> Coupon | None:
        """One for who may have it; None of a trial, which only looks. Asked for again at once, one that costs points is the same one.

        Raises RuleMissing, CouponsClosed, CouponPasswordWrong, CouponsGone, CouponLimitReached, SignDaysShort, NotEnoughPoints and
        CouponCosts.
        """
        rule = await self._check(user_id, rule_id, password)
        if rule.price:
            raise CouponCosts(rule.price)
        if is_trial:
            return None
        [coupon_id] = await self._coupons.next_ids(1)
        coupon = Coupon.of(rule, coupon_id, user_id, CouponSource.TAKEN, self._clock.now(), points=rule.points)

        async def work(within: Transaction) -> Coupon:
            last = await self._coupons.find_last_taken(rule.id, user_id, within) if rule.points else None
            if last is not None and self._clock.now() - last.taken_at < REPEATED_WITHIN:
                return last
            await self._hand_out(rule, coupon, within)
            return coupon

        about = [f"coupons:{rule.id}", *([wallet_of(user_id)] if rule.points else [])]
        return await self._transactions.run(work, about=about)

    async def check_sale(self, rule_id: int) -> CouponRule:
        """Before anybody pays. Raises RuleMissing and CouponsClosed."""
        rule = await self._get_rule(rule_id)
        if not rule.is_given_at(self._clock.now()):
            raise CouponsClosed()
        return rule

    async def sell(self, payment: Payment, rule_id: int, within: Transaction) -> Coupon:
        """To who has paid for it, from the wallet. Raises RuleMissing, CouponsClosed, CouponsGone, CouponLimitReached, SignDaysShort and
        NotEnough, by its kind."""
        rule = await self.check_sale(rule_id)
        await self._check_days(payment.user_id, rule)
        [coupon_id] = await self._coupons.next_ids(1)
        now = self._clock.now()
        coupon = Coupon.of(rule, coupon_id, payment.user_id, CouponSource.BOUGHT, now, points=rule.points, paid=rule.price)
        await self._hand_out(rule, coupon, within)
        return coupon

    async def hand_gift(self, rule: CouponRule, coupon: Coupon, within: Transaction) -> bool:
        """For nothing, whatever it costs others; False if all are given."""
        if not await self._coupons.give(rule.id, 1, rule.total, within):
            return False
        await self._coupons.add(coupon, None, within)
        return True

    async def exchange(self, user_id: int, number: str, password: str) -> Coupon:
        """A printed number, once. Raises CouponCodeWrong and CouponsClosed."""
        known = await self._codes.find_code(number)
        if known is None or not compare_digest(known.password.encode(), password.encode()):
            raise CouponCodeWrong()
        rule, now = await self._get_rule(known.rule_id), self._clock.now()
        if rule.valid_until is not None and rule.valid_until <= now:
            raise CouponsClosed()
        [coupon_id] = await self._coupons.next_ids(1)
        coupon = Coupon.of(rule, coupon_id, user_id, CouponSource.EXCHANGED, now)

        async def work(within: Transaction) -> Coupon:
            code = await self._codes.find_code(number, within)
            if code is None or code.state is not CodeState.OPEN:
                raise CouponCodeWrong()
            after = code.become(state=CodeState.EXCHANGED, coupon_id=coupon_id, exchanged_at=now)
            if not await self._codes.save(code, after, None, within):
                raise Contended()
            await self._coupons.add(coupon, None, within)
            return coupon

        return await self._transactions.run(work)

    # ---- handing on

    async def send(self, user_id: int, coupon_id: int, receiver_id: int | None, mobile: str) -> None:
        """A good coupon to another member. Raises CouponMissing and ReceiverMissing."""
        receiver = await self._receivers.find_receiver(receiver_id, mobile)
        if receiver is None or receiver.id == user_id:
            raise ReceiverMissing("user")

        async def work(within: Transaction) -> None:
            before = await self._get_own(user_id, coupon_id, within)
            if not await self._coupons.save(before, before.become(user_id=receiver.id), None, within):
                raise Contended()

        await self._transactions.run(work)

    async def merge(self, user_id: int, merge_id: int, coupon_ids: Sequence[int]) -> list[Coupon]:
        """Takes those coupons, which have to be exactly what the merge asks, and gives what it makes of them.

        Raises MergeMissing, CouponMissing, WrongCoupons and CouponsGone.
        """
        merge = next((one for one in await self._merges.list_all() if one.id == merge_id and one.is_open), None)
        if merge is None:
            raise MergeMissing("merge")
        rules = [(await self._get_rule(part.rule_id), part.number) for part in merge.made]
        ids, now = list(dict.fromkeys(coupon_ids)), self._clock.now()
        new_ids = iter(await self._coupons.next_ids(sum(number for _, number in rules)))
        made = [Coupon.of(rule, next(new_ids), user_id, CouponSource.MERGED, now) for rule, number in rules for _ in range(number)]

        async def work(within: Transaction) -> None:
            taken = [await self._get_own(user_id, coupon_id, within) for coupon_id in ids]
            if Counter(one.rule_id for one in taken) != Counter({part.rule_id: part.number for part in merge.taken}):
                raise WrongCoupons()
            for one in taken:
                if not await self._coupons.save(one, one.become(state=CouponState.VOID), None, within):
                    raise Contended()
            for rule, number in rules:
                if not await self._coupons.give(rule.id, number, rule.total, within):
                    raise CouponsGone()
            for coupon in made:
                await self._coupons.add(coupon, None, within)

        await self._transactions.run(work, about=[f"coupons:{rule.id}" for rule, _ in rules])
        return made

    # ---- what all of them need

    async def _hand_out(self, rule: CouponRule, coupon: Coupon, within: Transaction) -> None:
        """The last word on who gets it: all who take one of a rule count it up, one after the other."""
        # The many who wait for their turn when the last one goes are told without asking.
        if self._gone.get(rule.id, 0) >= rule.total:
            raise CouponsGone()
        if not await self._coupons.give(rule.id, 1, rule.total, within):
            self._gone[rule.id] = rule.total
            raise CouponsGone()
        if rule.per_person and await self._coupons.count_taken(rule.id, coupon.taker_id, within) >= rule.per_person:
            raise CouponLimitReached(rule.per_person)
        cost = Sums(balance=-coupon.paid, points=-coupon.points)
        if cost != Sums():
            posting = Posting(user_id=coupon.taker_id, cause=Cause.COUPON, key=given_key(coupon.id), change=cost, remark=rule.name)
            await self._ledger.post_within(posting, within)
        await self._coupons.add(coupon, None, within)

    async def _check(self, user_id: int, rule_id: int, password: str) -> CouponRule:
        """What can be told before anything is written."""
        rule = await self.check_sale(rule_id)
        if rule.password and not compare_digest(rule.password.encode(), password.encode()):
            raise CouponPasswordWrong()
        # Who has as many as one may have is told so, also when none are left.
        if rule.per_person and await self._coupons.count_taken(rule.id, user_id) >= rule.per_person:
            raise CouponLimitReached(rule.per_person)
        if (await self._coupons.find_tallies([rule_id]))[rule_id].given >= rule.total:
            raise CouponsGone()
        await self._check_days(user_id, rule)
        points = (await self._ledger.get_wallet(user_id)).sums.points if rule.points else 0
        if points < rule.points:
            raise NotEnoughPoints(rule.points - points)
        return rule

    async def _check_days(self, user_id: int, rule: CouponRule) -> None:
        if rule.sign_days and await self._signs.count_running(user_id) < rule.sign_days:
            raise SignDaysShort(rule.sign_days)

    async def _get_rule(self, rule_id: int) -> CouponRule:
        rule = await self._rules.find(rule_id)
        if rule is None:
            raise RuleMissing("rule")
        return rule

    async def _get_own(self, user_id: int, coupon_id: int, within: Transaction) -> Coupon:
        """One that can still be used, now or later."""
        found = await self._coupons.find_coupon(coupon_id, within)
        now = self._clock.now()
        if found is None or found.user_id != user_id or found.state is not CouponState.GOOD or found.is_over_at(now):
            raise CouponMissing("coupon")
        return found


class CouponPurpose:
    """Coupons as what is paid for. Implements Purpose."""

    def __init__(self, coupons: CouponService):
        self._coupons = coupons

    def check(self, wanted: Mapping[str, Any]) -> None:
        rule_in(wanted)

    async def fulfil(self, payment: Payment, wanted: Mapping[str, Any], within: Transaction) -> None:
        await self._coupons.sell(payment, rule_in(wanted), within)

    async def tell_fulfilled(self, payment: Payment, wanted: Mapping[str, Any]) -> None:
        """Buyers look at their coupons themselves."""


def rule_in(wanted: Mapping[str, Any], name: str = "couponRuleId") -> int:
    """The number that is named. Raises InvalidInput."""
    text = str(wanted.get(name))
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise InvalidInput({"nextAction": ["wrong_form"]})
    return int(text)

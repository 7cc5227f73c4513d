"""Two log-ins of one person: one becomes the other's, unless what it owns or owes stands in the way.

First its door is shut, in the write that says so: its tokens are over, and nobody signs in by it. What was let in before may still be
under way then, so it is looked at once more when that is through. Only then the log-in becomes the other's, all of it in one
transaction; or it is let in again as before. What a process leaves that dies, any other one decides.
"""
from __future__ import annotations

import logging
from datetime import datetime, timedelta
from enum import Enum
from functools import partial
from typing import Protocol, TypeAlias

from msgspec.structs import replace

from server.domain.accounts.tokens import TokenService
from server.domain.accounts.users import MERGED_AFTER_SECONDS, Merge
from server.domain.changes import Cause
from server.domain.clock import Clock
from server.domain.errors import Conflict, InvalidInput, NotFound
from server.domain.events import UserSessionsEnded
from server.domain.nouns import ChangedMeanwhile, NounStore, entry_of
from server.domain.operators.persons import PERSONS, Person
from server.domain.rounds import Rounds
from server.domain.transactions import Contended, Transaction, Transactions

log = logging.getLogger(__name__)

ROUND_SECONDS = 3.0
MERGED_AFTER = timedelta(seconds=MERGED_AFTER_SECONDS)
BEGUN, DONE, REFUSED = "merge", "merged", "merge-refused"  # verbs of the log


class Hindrance(str, Enum):
    """Why a log-in does not become another's: what is the matter with the two, and what has to be settled first."""

    SAME = "same"
    GONE = "gone"
    UNDER_WAY = "under_way"
    OPERATOR = "operator"
    BANNED = "banned"
    WAYS_IN = "ways_in"
    BIDS = "bids"
    SETTLEMENTS = "settlements"
    SECOND_OFFERS = "second_offers"
    WALLET = "wallet"
    PAYMENTS = "payments"
    REPAYMENTS = "repayments"
    ADJUSTMENTS = "adjustments"
    WITHDRAWALS = "withdrawals"
    DEPOSITS = "deposits"
    INVOICES = "invoices"
    ORDERS = "orders"
    CLAIMS = "claims"
    EARNINGS = "earnings"
    COUPONS = "coupons"
    CARDS = "cards"
    LEVEL = "level"
    BARGAINS = "bargains"
    BUYER_GROUPS = "buyer_groups"
    BOOKINGS = "bookings"
    PRIZES = "prizes"
    GAMES = "games"
    DISTRIBUTION = "distribution"
    COMMISSIONS = "commissions"
    SUPPORT = "support"


HINDRANCE_WORDS: dict[Hindrance, tuple[str, str]] = {
    Hindrance.SAME: ("同一个账号", "the same log-in"),
    Hindrance.GONE: ("已注销或已并入他人", "deleted, or merged before"),
    Hindrance.UNDER_WAY: ("正在合并", "being merged"),
    Hindrance.OPERATOR: ("操作员", "operators"),
    Hindrance.BANNED: ("已停用", "banned"),
    Hindrance.WAYS_IN: ("双方都有的登录方式", "ways in that both have"),
    Hindrance.BIDS: ("未结束的竞拍", "lots that are not settled"),
    Hindrance.SETTLEMENTS: ("未完成的成交结算", "settlements that are due or to be sent"),
    Hindrance.SECOND_OFFERS: ("待答复的二次邀约", "second offers that are open"),
    Hindrance.WALLET: ("钱包不为零", "a wallet that is not empty"),
    Hindrance.PAYMENTS: ("未完成的支付", "payments under way"),
    Hindrance.REPAYMENTS: ("未完成的原路退款", "refunds under way"),
    Hindrance.ADJUSTMENTS: ("待复核的调整", "adjustments that await approval"),
    Hindrance.WITHDRAWALS: ("未完成的提现", "withdrawals under way"),
    Hindrance.DEPOSITS: ("在押的押金", "deposits that are held"),
    Hindrance.INVOICES: ("未开的发票", "invoices under way"),
    Hindrance.ORDERS: ("未完成的订单", "open orders"),
    Hindrance.CLAIMS: ("未完成的售后", "claims under way"),
    Hindrance.EARNINGS: ("待扣回的积分或成长值", "points or growth owed"),
    Hindrance.COUPONS: ("未使用的优惠券", "unused coupons"),
    Hindrance.CARDS: ("有余额的卡", "cards with money on them"),
    Hindrance.LEVEL: ("有效的付费等级", "a level that was paid for"),
    Hindrance.BARGAINS: ("进行中的砍价", "bargains under way"),
    Hindrance.BUYER_GROUPS: ("进行中的拼团", "buyers' groups under way"),
    Hindrance.BOOKINGS: ("未完成的报名", "bookings that are to come"),
    Hindrance.PRIZES: ("未发放的奖品", "prizes that are to be handed over"),
    Hindrance.GAMES: ("进行中的游戏", "games under way"),
    Hindrance.DISTRIBUTION: ("分销身份", "a part in distribution"),
    Hindrance.COMMISSIONS: ("未结清的佣金", "commissions that are not settled"),
    Hindrance.SUPPORT: ("客服身份", "a support agent"),
}

Hindrances: TypeAlias = dict[Hindrance, list[str]]  # with what it is, as far as that has numbers or names


class MergeRefused(Conflict):
    """Something stands in the way of it; `found` names all of that."""

    def __init__(self, found: Hindrances):
        super().__init__(found)
        self.found = found
        self.zh = "、".join(_told(HINDRANCE_WORDS[one][0], things) for one, things in found.items())
        self.en = "; ".join(_told(HINDRANCE_WORDS[one][1], things) for one, things in found.items())


class MergedBefore(Conflict):
    """They were merged into another, whom it is to be done to."""

    def __init__(self, into: int):
        super().__init__(into)
        self.into = into


def hindrances_of(login: Person, person: Person, *, is_begun: bool = False) -> Hindrances:
    """What of the two themselves stands in the way. `is_begun`: that the log-in is on its way does not."""
    both = (login, person)
    shut = [one for one in both if one.merging is not None and not (is_begun and one is login)]
    named = {
        Hindrance.SAME: [login] if login.id == person.id else [],
        Hindrance.GONE: [one for one in both if one.is_gone],
        Hindrance.UNDER_WAY: shut,
        Hindrance.OPERATOR: [one for one in both if one.roles],
        Hindrance.BANNED: [one for one in both if one.is_banned],
    }
    return {hindrance: [str(one.id) for one in people] for hindrance, people in named.items() if people}


def shared_ways(ways: list[str], others: list[str]) -> Hindrances:
    """Kinds of identities that both have: one has one of each."""
    shared = sorted({*ways} & {*others})
    return {Hindrance.WAYS_IN: shared} if shared else {}


class PersonStore(NounStore[Person], Protocol):
    """Where persons are kept, with their ways in."""

    async def find_person(self, user_id: int, within: Transaction) -> Person | None: ...

    async def list_shut(self, before: datetime) -> list[Person]:
        """Those whose way into another began by then."""

    async def end_tokens(self, user_id: int, within: Transaction) -> None: ...

    async def list_ways(self, user_id: int, within: Transaction) -> list[str]:
        """The kinds of their identities."""

    async def hand_over_ways(self, login_id: int, person_id: int, within: Transaction) -> None:
        """The identities, and with them the passwords, the username, the telephone and the address that the other has none of."""


class Belongings(Protocol):
    """Knows where anything is kept that belongs to a user."""

    async def find_hindrances(self, user_id: int, now: datetime, within: Transaction) -> Hindrances:
        """What carries value, is owed, or is under way."""

    async def unite(self, login_id: int, person_id: int, within: Transaction) -> None:
        """What can be put together without a doubt: watched lots, addresses, carts, favourites, friends, what they wait for."""


class MergeService:
    """Merges, and finishes what another process began."""

    def __init__(
        self, persons: PersonStore, belongings: Belongings, tokens: TokenService, transactions: Transactions, moments: Clock
    ):
        self._persons = persons
        self._belongings = belongings
        self._tokens = tokens
        self._transactions = transactions
        self._moments = moments
        self._rounds = Rounds("merging log-ins", self.finish, ROUND_SECONDS)

    def start(self) -> None:
        """Finishes from now on what was begun."""
        self._rounds.start()

    async def stop(self) -> None:
        await self._rounds.stop()

    async def begin(self, login_id: int, person_id: int, cause: Cause) -> Person:
        """Shuts the log-in's door at once; it is the person's after MERGED_AFTER, if nothing that was under way stands in the way by then.

        Raises NotFound, InvalidInput, MergeRefused, ChangedMeanwhile and Unavailable; nothing has happened then.
        """

        async def work(within: Transaction) -> Person:
            login = await self._persons.find_person(login_id, within)
            if login is None:
                raise NotFound("people")
            person = await self._persons.find_person(person_id, within)
            if person is None:
                raise InvalidInput({"into": ["unknown"]})
            found = await self._find_hindrances(login, person, within)
            if found:
                raise MergeRefused(found)
            shut = replace(login, merging=Merge(into=person_id, at=self._moments.now(), by=cause.user_id, reason=cause.reason))
            # Written both: of two merges that have one of them in common, the second one finds the first.
            await self._save(person, person, within)
            await self._persons.end_tokens(login_id, within)
            return await self._save(login, shut, within, BEGUN, cause)

        try:
            begun = await self._transactions.run(work, [_turn(login_id), _turn(person_id)])
        except Contended:
            raise ChangedMeanwhile() from None
        self._tokens.announce(UserSessionsEnded(user_id=login_id))
        return begun

    async def finish(self) -> None:
        """Decides all that were begun so long ago that nothing is under way any more. Raises Unavailable."""
        for login in await self._persons.list_shut(self._moments.now() - MERGED_AFTER):
            try:
                decided = await self._transactions.run(partial(self._decide, login.id), [_turn(login.id)])
            except Conflict:
                continue  # others change the same at this moment; the next round finds it again
            if decided is None:
                continue
            self._tokens.announce_change(login.id)
            if decided.merged_into is not None:
                self._tokens.announce_change(decided.merged_into)
                log.info("user %s is a log-in of user %s", login.id, decided.merged_into)
            else:
                log.warning("user %s is not merged: something was under way", login.id)

    async def _decide(self, login_id: int, within: Transaction) -> Person | None:
        """The log-in as it is then; None if it is on its way no more."""
        login = await self._persons.find_person(login_id, within)
        if login is None or login.merging is None:
            return None
        merge = login.merging
        person = await self._persons.find_person(merge.into, within)
        if person is None:
            found: Hindrances = {Hindrance.GONE: [str(merge.into)]}
        else:
            found = await self._find_hindrances(login, person, within, is_begun=True)
        if person is None or found:
            return await self._save(login, replace(login, merging=None), within, REFUSED, Cause(merge.by, MergeRefused(found).zh))
        await self._persons.hand_over_ways(login_id, person.id, within)
        await self._belongings.unite(login_id, person.id, within)
        for number in login.merged:
            earlier = await self._persons.find_person(number, within)
            if earlier is not None:
                await self._save(earlier, replace(earlier, merged_into=person.id), within)
        cause = Cause(merge.by, merge.reason)
        await self._save(person, replace(person, merged=(*person.merged, login_id, *login.merged)), within, DONE, cause)
        return await self._save(login, replace(login, merging=None, merged_into=person.id, merged=()), within, DONE, cause)

    async def _find_hindrances(
        self, login: Person, person: Person, within: Transaction, *, is_begun: bool = False
    ) -> Hindrances:
        ways = shared_ways(await self._persons.list_ways(login.id, within), await self._persons.list_ways(person.id, within))
        found = hindrances_of(login, person, is_begun=is_begun)
        if Hindrance.SAME in found:
            return found
        return {**found, **ways, **await self._belongings.find_hindrances(login.id, self._moments.now(), within)}

    async def _save(
        self, before: Person, after: Person, within: Transaction, verb: str | None = None, cause: Cause = Cause()
    ) -> Person:
        after = replace(after, revision=before.revision + 1)
        entry = None if verb is None else entry_of(PERSONS, verb, before, after, cause, self._moments.now())
        if not await self._persons.save(before, after, entry, within):
            raise ChangedMeanwhile()
        return after


def _told(words: str, things: list[str]) -> str:
    return f"{words} ({', '.join(things)})" if things else words


def _turn(user_id: int) -> str:
    """What a transaction is about that merges."""
    return f"person:{user_id}"

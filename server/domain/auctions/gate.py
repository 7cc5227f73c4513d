"""The gate: whether a bidder may bid on a lot, decided before the rules decide the bid.

A limit in money is of all lots of a group, and each lot is a document of its own: so what an offer may come to is claimed in the
bidder's lead book before it is committed, and the claim is dropped once the lot tells by itself. Whoever claims has counted all claims
and all lots that are led, and the book's revision guards that nobody else has claimed meanwhile.
"""
from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from server.domain.accounts.users import User
from server.domain.auctions.admission import Admission, WhoMayBid
from server.domain.auctions.goods import Lot, LotStatus, LotStore
from server.domain.auctions.groups import GroupStore
from server.domain.auctions.offers import BidRefused, DepositNeeded, LeadLimitReached, NotApproved
from server.domain.clock import Clock
from server.domain.errors import Unavailable

CLAIM_LASTS = timedelta(seconds=60)  # then its process died: an offer is decided, or given up, within seconds
CLAIM_ATTEMPTS = 20  # of one bidder's offers at once, each but one has to look again


class LeadClaim(Struct, frozen=True, kw_only=True):
    """What an offer that is being decided may come to, in fen."""

    id: str
    goods_id: int
    amount: int
    at: datetime


class LeadBook(Struct, frozen=True, kw_only=True):
    """Of one bidder in one group: the lots for which anything was ever claimed, and the claims that stand."""

    group_id: int
    user_id: int
    revision: int = 0
    goods_ids: tuple[int, ...] = ()
    claims: tuple[LeadClaim, ...] = ()

    def standing(self, now: datetime) -> tuple[LeadClaim, ...]:
        return tuple(one for one in self.claims if now - one.at < CLAIM_LASTS)

    def with_claim(self, claim: LeadClaim, now: datetime) -> LeadBook:
        goods_ids = tuple(dict.fromkeys((*self.goods_ids, claim.goods_id)))
        return replace(self, revision=self.revision + 1, goods_ids=goods_ids, claims=(*self.standing(now), claim))


class LeadStore(Protocol):
    """Where lead books are kept."""

    async def get_book(self, group_id: int, user_id: int) -> LeadBook:
        """An empty one where there is none."""

    async def save_book(self, before: LeadBook, after: LeadBook) -> bool:
        """False if it was changed since `before` was read."""

    async def drop_claims(self, group_id: int, user_id: int, claim_ids: list[str]) -> None:
        """As a change of the book."""


class Approvals(Protocol):
    """Knows whom operators have approved."""

    async def is_approved(self, group_id: int, user_id: int) -> bool: ...


class HeldMoney(Protocol):
    """Knows what bidders have left as deposits."""

    async def sum_held(self, user_id: int) -> int:
        """In fen."""


class Passage(Struct, frozen=True, kw_only=True):
    """What the gate has said of an offer, by which terms: why it is refused, or what it has claimed."""

    admission: Admission
    refusal: type[BidRefused] | None = None
    book: tuple[int, int] = (0, 0)
    claim_id: str = ""


class Gate:
    """Asked before an offer is decided, and told afterwards; of lots that are open to everyone nothing has to be asked."""

    def __init__(self, approvals: Approvals, deposits: HeldMoney, leads: LeadStore, lots: LotStore, clock: Clock):
        self._approvals = approvals
        self._deposits = deposits
        self._leads = leads
        self._lots = lots
        self._clock = clock
        self._leaving: set[asyncio.Task[None]] = set()

    async def ask(self, lot: Lot, user_id: int, amount: int) -> Passage:
        """Of an offer that may come to that amount. Raises Unavailable."""
        admission = lot.admission
        if not await self.is_admitted(admission, lot.group_id, user_id):
            is_approval = admission.who_may_bid is WhoMayBid.APPROVED
            return Passage(admission=admission, refusal=NotApproved if is_approval else DepositNeeded)
        if not admission.lead_limit:
            return Passage(admission=admission)
        claim_id = await self._claim(lot, user_id, amount)
        if claim_id is None:
            return Passage(admission=admission, refusal=LeadLimitReached)
        return Passage(admission=admission, book=(lot.group_id, user_id), claim_id=claim_id)

    def leave(self, passages: Iterable[Passage]) -> None:
        """Their offers are decided, and what came of them can be read. Never waits; what fails lapses by itself."""
        claims: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
        for one in passages:
            if one.claim_id:
                claims[one.book].append(one.claim_id)
        for (group_id, user_id), claim_ids in claims.items():
            task = asyncio.get_running_loop().create_task(self._drop(group_id, user_id, claim_ids))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    async def drain(self) -> None:
        """Until what was decided has left."""
        if self._leaving:
            await asyncio.wait(self._leaving)

    async def is_admitted(self, admission: Admission, group_id: int, user_id: int) -> bool:
        """As of now. Raises Unavailable."""
        if admission.who_may_bid is WhoMayBid.ANYONE:
            return True
        if await self._approvals.is_approved(group_id, user_id):
            return True
        return admission.who_may_bid is WhoMayBid.DEPOSIT and await self._deposits.sum_held(user_id) >= admission.deposit

    async def sum_leads(self, group_id: int, user_id: int) -> int:
        """What the bidder may come to owe for what they lead or have won there. Raises Unavailable."""
        book = await self._leads.get_book(group_id, user_id)
        return sum((await self._list_leads(book)).values())

    async def _claim(self, lot: Lot, user_id: int, amount: int) -> str | None:
        for _ in range(CLAIM_ATTEMPTS):
            now = self._clock.now()
            # The book first: a claim that is no longer in it has come to what the lots tell, which are read after it.
            book = await self._leads.get_book(lot.group_id, user_id)
            leads = await self._list_leads(book)
            if total_with(leads, book.standing(now), lot.id, amount) > lot.admission.lead_limit:
                return None
            claim = LeadClaim(id=secrets.token_urlsafe(9), goods_id=lot.id, amount=amount, at=now)
            if await self._leads.save_book(book, book.with_claim(claim, now)):
                return claim.id
        raise Unavailable("lead book")

    async def _list_leads(self, book: LeadBook) -> dict[int, int]:
        lots = await self._lots.list_lots_by_id(list(book.goods_ids))
        return {lot.id: lead_of(lot) for lot in lots if lot.leader_id == book.user_id}

    async def _drop(self, group_id: int, user_id: int, claim_ids: list[str]) -> None:
        with contextlib.suppress(Unavailable):
            await self._leads.drop_claims(group_id, user_id, claim_ids)


class Admitted(Struct, frozen=True):
    """How a bidder stands in a group. `leads`: what they may come to owe there; 0 where there is no limit to it."""

    admission: Admission
    may_bid: bool
    leads: int


class AdmissionService:
    """Tells bidders beforehand what the gate would say."""

    def __init__(self, gate: Gate, groups: GroupStore):
        self._gate = gate
        self._groups = groups

    async def tell(self, user: User, group_id: int) -> Admitted:
        """Raises NotFound."""
        group = await self._groups.get_group(group_id)
        admission = group.admission
        may_bid = await self._gate.is_admitted(admission, group_id, user.id)
        return Admitted(admission, may_bid, await self._gate.sum_leads(group_id, user.id) if admission.lead_limit else 0)


def lead_of(lot: Lot) -> int:
    """What its leader may come to owe for it: the maximum, which others can make them pay without their doing; once won, the price."""
    if lot.status is LotStatus.WITHDRAWN:
        return 0
    return lot.ceiling if lot.status is LotStatus.OPEN else lot.price


def total_with(leads: dict[int, int], claims: Sequence[LeadClaim], goods_id: int, amount: int) -> int:
    """What a bidder may come to owe in all, if an offer of that amount is taken: of each lot the most that anything may come to."""
    most = defaultdict(int, leads)
    for one_id, one in ((goods_id, amount), *((claim.goods_id, claim.amount) for claim in claims)):
        most[one_id] = max(most[one_id], one)
    return sum(most.values())

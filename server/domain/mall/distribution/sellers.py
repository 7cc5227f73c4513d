"""Distributors: members who asked for it and were let, or bought it; and leaders of teams, who bought that."""
from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from server.domain.clock import Clock
from server.domain.errors import Conflict, NotFound
from server.domain.mall.distribution.terms import read_terms
from server.domain.mall.ledger import Cause, Ledger, Posting, Sums, wallet_of
from server.domain.mall.messaging.messages import Watched
from server.domain.mall.payments.payment import Payment
from server.domain.mall.settings import Settings
from server.domain.transactions import Contended, Transaction, Transactions

SELLER, LEADER = 13, 14  # the types of payments


class NotApplied(NotFound):
    """They have not asked to be a distributor."""


class AlreadySeller(Conflict):
    """They are one."""


class NotForSale(Conflict):
    """The shop does not sell that right."""


class NoLeader(NotFound):
    """There is no such leader of a team."""


class AlreadyLed(Conflict):
    """They have a leader, and keep them."""


class SellerState(int, Enum):
    """As the document numbers them."""

    APPLIED = 0
    REFUSED = 1
    APPROVED = 2
    STOPPED = 3


class Seller(Struct, frozen=True, kw_only=True):
    """A member on the way to be a distributor, or one. `answer` is what the staff told them; `price`: fen that they paid for it."""

    id: int  # the user's
    revision: int
    name: str = ""
    mobile: str = ""
    state: SellerState = SellerState.APPLIED
    answer: str = ""
    team_id: int = 0
    price: int = 0
    applied_at: datetime
    approved_at: datetime | None = None
    changed_at: datetime

    @property
    def is_active(self) -> bool:
        return self.state is SellerState.APPROVED

    def become(self, now: datetime, **changes: Any) -> Seller:
        return replace(self, **changes, changed_at=now, revision=self.revision + 1)


class Partner(Struct, frozen=True, kw_only=True):
    """Who leads a team, or is led in one."""

    id: int  # the user's
    revision: int
    is_leader: bool = False
    leader_id: int | None = None
    price: int = 0
    joined_at: datetime
    changed_at: datetime

    def become(self, now: datetime, **changes: Any) -> Partner:
        return replace(self, **changes, changed_at=now, revision=self.revision + 1)


class SellerStore(Protocol):
    """Where distributors are kept."""

    async def find_seller(self, user_id: int, within: Transaction | None = None) -> Seller | None: ...

    async def find_sellers(self, user_ids: Sequence[int]) -> dict[int, Seller]: ...

    async def put_seller(self, before: Seller | None, after: Seller, within: Transaction | None = None) -> bool:
        """False if it was changed since, or somebody else began it at once."""


class ApplicationWatch:
    """Implements Watch: messages may wait for what becomes of an application, which goes by the number of the member who asked."""

    def __init__(self, sellers: SellerStore):
        self._sellers = sellers

    async def find_states(self, ids: Collection[int]) -> Mapping[int, Watched]:
        found = await self._sellers.find_sellers(list(ids))
        return {user_id: Watched(user_id, seller.state.value) for user_id, seller in found.items()}


class PartnerStore(Protocol):
    """Where leaders and the led are kept."""

    async def find_partner(self, user_id: int, within: Transaction | None = None) -> Partner | None: ...

    async def put_partner(self, before: Partner | None, after: Partner, within: Transaction | None = None) -> bool:
        """False if it was changed since, or somebody else began it at once."""

    async def list_led(self, leader_id: int) -> list[Partner]:
        """By them, the newest first."""


class SellerService:
    """Becoming a distributor."""

    def __init__(self, sellers: SellerStore, ledger: Ledger, settings: Settings, transactions: Transactions, clock: Clock):
        self._sellers = sellers
        self._ledger = ledger
        self._settings = settings
        self._transactions = transactions
        self._clock = clock

    async def find_seller(self, user_id: int) -> Seller | None:
        return await self._sellers.find_seller(user_id)

    async def is_seller(self, user_id: int) -> bool:
        found = await self._sellers.find_seller(user_id)
        return found is not None and found.is_active

    async def get_application(self, user_id: int) -> Seller:
        """Raises NotApplied."""
        found = await self._sellers.find_seller(user_id)
        if found is None:
            raise NotApplied("seller")
        return found

    async def apply(self, user_id: int, name: str, mobile: str) -> Seller:
        """Asks to be one; again after a refusal. What waits is told anew. Raises AlreadySeller."""
        before, now = await self._sellers.find_seller(user_id), self._clock.now()
        if before is not None and before.state in (SellerState.APPROVED, SellerState.STOPPED):
            raise AlreadySeller()
        about = {"name": name, "mobile": mobile, "state": SellerState.APPLIED, "answer": "", "applied_at": now}
        if before is None:
            after = Seller(id=user_id, revision=1, name=name, mobile=mobile, applied_at=now, changed_at=now)
        else:
            after = before.become(now, **about)
        if not await self._sellers.put_seller(before, after):
            raise Contended()
        return after

    async def buy(self, user_id: int) -> None:
        """From the wallet. Raises NotForSale, AlreadySeller and NotEnoughBalance."""

        async def work(within: Transaction) -> None:
            await self.buy_within(user_id, within)

        await self._transactions.run(work, about=[wallet_of(user_id)])

    async def buy_within(self, user_id: int, within: Transaction) -> None:
        """As part of a transaction. Raises as `buy`."""
        terms, now = await read_terms(self._settings), self._clock.now()
        if not terms.can_buy:
            raise NotForSale()
        before = await self._sellers.find_seller(user_id, within)
        if before is not None and before.state in (SellerState.APPROVED, SellerState.STOPPED):
            raise AlreadySeller()
        began = before or Seller(id=user_id, revision=0, applied_at=now, changed_at=now)
        after = began.become(now, state=SellerState.APPROVED, price=terms.price, approved_at=now)
        if not await self._sellers.put_seller(before, after, within):
            raise Contended()
        if terms.price:
            key, change = f"seller:{user_id}:bought", Sums(balance=-terms.price)
            await self._ledger.post_within(Posting(user_id=user_id, cause=Cause.SELLER, key=key, change=change), within)


class PartnerService:
    """Leading teams, and being led."""

    def __init__(self, partners: PartnerStore, ledger: Ledger, settings: Settings, clock: Clock):
        self._partners = partners
        self._ledger = ledger
        self._settings = settings
        self._clock = clock

    async def find_partner(self, user_id: int) -> Partner | None:
        return await self._partners.find_partner(user_id)

    async def list_led(self, leader_id: int) -> list[Partner]:
        return await self._partners.list_led(leader_id)

    async def follow(self, user_id: int, leader_id: int) -> None:
        """For good. Raises NoLeader and AlreadyLed."""
        leader, before = await self._partners.find_partner(leader_id), await self._partners.find_partner(user_id)
        if leader is None or not leader.is_leader or leader_id == user_id:
            raise NoLeader("leader")
        if before is not None and before.leader_id == leader_id:
            return
        if before is not None and (before.leader_id is not None or leader.leader_id == user_id):
            raise AlreadyLed()
        now = self._clock.now()
        after = (before or Partner(id=user_id, revision=0, joined_at=now, changed_at=now)).become(now, leader_id=leader_id)
        if not await self._partners.put_partner(before, after):
            raise Contended()

    async def lead_within(self, user_id: int, within: Transaction) -> None:
        """Bought from the wallet, as part of a transaction. Raises NotForSale, AlreadySeller and NotEnoughBalance."""
        terms, now = await read_terms(self._settings), self._clock.now()
        if not terms.can_buy_lead:
            raise NotForSale()
        before = await self._partners.find_partner(user_id, within)
        if before is not None and before.is_leader:
            raise AlreadySeller()
        began = before or Partner(id=user_id, revision=0, joined_at=now, changed_at=now)
        if not await self._partners.put_partner(before, began.become(now, is_leader=True, price=terms.lead_price), within):
            raise Contended()
        if terms.lead_price:
            key, change = f"leader:{user_id}:bought", Sums(balance=-terms.lead_price)
            await self._ledger.post_within(Posting(user_id=user_id, cause=Cause.SELLER, key=key, change=change), within)


class SellerPurpose:
    """The right to be a distributor, as what is paid for. Implements Purpose."""

    def __init__(self, sellers: SellerService):
        self._sellers = sellers

    def check(self, wanted: Mapping[str, Any]) -> None:
        """It says nothing but its type."""

    async def fulfil(self, payment: Payment, wanted: Mapping[str, Any], within: Transaction) -> None:
        await self._sellers.buy_within(payment.user_id, within)

    async def tell_fulfilled(self, payment: Payment, wanted: Mapping[str, Any]) -> None:
        """They look themselves."""


class LeaderPurpose:
    """The right to lead a team, as what is paid for. Implements Purpose."""

    def __init__(self, partners: PartnerService):
        self._partners = partners

    def check(self, wanted: Mapping[str, Any]) -> None:
        """It says nothing but its type."""

    async def fulfil(self, payment: Payment, wanted: Mapping[str, Any], within: Transaction) -> None:
        await self._partners.lead_within(payment.user_id, within)

    async def tell_fulfilled(self, payment: Payment, wanted: Mapping[str, Any]) -> None:
        """They look themselves."""

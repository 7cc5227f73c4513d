"""Group commit: makes offers durable in arrival order, many with one write.

While one commit of a lot is in flight the offers that arrive wait; when it returns, all that wait are decided one after the
other in memory and committed together. Another process that commits first only makes the write miss: read again, decide again.
"""
from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict

from msgspec import Struct
from msgspec.structs import replace

from server.domain.auctions.bids import BidObserver, KeyReused, Offer, Unobserved, since_ms
from server.domain.auctions.delivery import Delivery
from server.domain.auctions.goods import Lot, LotStore
from server.domain.auctions.keys import ClaimDesk, KeyClaim, KeyStore
from server.domain.auctions.participations import Participation, ParticipationStore
from server.domain.auctions.record import Bid, RecordStore
from server.domain.auctions.rules import SETTLE_AFTER, decide, settle
from server.domain.clock import Clock
from server.domain.errors import DomainError, Unavailable
from server.domain.events import BidNews, LotChanged, Publisher

log = logging.getLogger(__name__)

ANSWER_SECONDS = 2.8  # a commit whose fate is unknown is pursued this long before the bidder hears "unavailable"
RETRY_SECONDS = 0.05
MAX_BATCH = 256  # offers a commit: keeps the document that carries them well under a megabyte
DESKS_KEPT = 2048  # lots whose state stays in memory after their last offer
BIDS_AN_OFFER = 3  # at most: the offer, the leader's proxy, the challenger's proxy


class Placed(Struct, frozen=True):
    """An accepted bid: the bidder's participation and the lot right after it, and the bid's own number."""

    participation: Participation
    lot: Lot
    seq: int


class LotDesks:
    """One desk for each lot that this process changes."""

    def __init__(
        self,
        lots: LotStore,
        record: RecordStore,
        participations: ParticipationStore,
        keys: KeyStore,
        publisher: Publisher,
        clock: Clock,
        *,
        worker: str,
        observer: BidObserver = Unobserved(),
    ):
        self.lots = lots
        self.record = record
        self.participations = participations
        self.claims = ClaimDesk(keys)
        self.publisher = publisher
        self.clock = clock
        self.worker = worker
        self.observer = observer
        self._desks: OrderedDict[int, LotDesk] = OrderedDict()

    def desk(self, goods_id: int) -> LotDesk:
        """The one place in this process where that lot is changed."""
        desk = self._desks.get(goods_id)
        if desk is None:
            self._forget_idle()
            desk = self._desks[goods_id] = LotDesk(goods_id, self)
        self._desks.move_to_end(goods_id)
        return desk

    async def drain(self) -> None:
        """Waits until every offer taken is answered and every bid accepted here has reached the record."""
        for desk in list(self._desks.values()):
            await desk.drain()

    def _forget_idle(self) -> None:
        surplus = len(self._desks) - DESKS_KEPT + 1
        if surplus > 0:
            for goods_id in [goods_id for goods_id, desk in self._desks.items() if desk.is_idle][:surplus]:
                del self._desks[goods_id]


class LotDesk:
    """The queue before one lot in this process."""

    def __init__(self, goods_id: int, desks: LotDesks):
        self._goods_id = goods_id
        self._desks = desks
        self._waiting: list[_Waiting] = []
        self._is_closing = False  # asked to settle the lot with the next commit
        self._lot: Lot | None = None  # as of the last read or commit; None when it has to be read
        self._foreign_seq = 0  # bids up to this one may be another process's
        self._participation_ids: dict[int, int] = {}
        self._saved_users: set[int] = set()
        self._worker: asyncio.Task[None] | None = None
        self.delivery = Delivery(goods_id, desks.lots, desks.record, desks.participations, desks.clock)

    @property
    def is_idle(self) -> bool:
        return self._worker is None and self.delivery.is_idle

    async def take(self, offer: Offer) -> Placed:
        """Queues the offer; returns when it is decided and durable, raises when it is refused."""
        after_seq = self._lot.seq if self._lot is not None else 0
        waiting = _Waiting(offer, after_seq, self._claim(offer, after_seq))
        self._waiting.append(waiting)
        self._wake()
        # The bidder may hang up; the bid goes on.
        return await asyncio.shield(waiting.answer)

    def close(self) -> None:
        """Settles the lot, if its time is over, once the offers that are here are decided."""
        self._is_closing = True
        self._wake()

    async def recover(self) -> None:
        """Brings to the record and to participations what another process has left on the way. Raises Unavailable."""
        lot = await self._desks.lots.get_lot(self._goods_id)
        self.delivery.take(lot)
        self.delivery.start()
        await self.delivery.finish()
        recorded = await self._desks.record.list_bids(self._goods_id, after_seq=self.delivery.projected_seq)
        await self.delivery.project_bids(recorded)

    async def drain(self) -> None:
        """Waits for the answers and the delivery."""
        while self._worker is not None:
            await asyncio.wait([self._worker])
        await self.delivery.finish()

    def _claim(self, offer: Offer, after_seq: int) -> asyncio.Future[KeyClaim | None] | None:
        if offer.key is None or offer.fingerprint is None:
            return None
        return self._desks.claims.claim(
            KeyClaim(
                user_id=offer.user_id,
                key=offer.key,
                goods_id=offer.goods_id,
                fingerprint=offer.fingerprint,
                after_seq=after_seq,
                claimed_at=offer.arrived_at,
            )
        )

    def _wake(self) -> None:
        if self._worker is None:
            self._worker = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        try:
            while self._waiting or self._is_closing:
                batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
                is_closing, self._is_closing = self._is_closing, False
                try:
                    await self._commit(await _claimed(batch), is_closing=is_closing)
                except Exception as error:  # whatever happens, everyone who waits is answered
                    self._lot = None
                    if not isinstance(error, DomainError):
                        log.exception("lot %s: commit failed", self._goods_id)
                    for waiting in batch:
                        waiting.refuse(error)
        finally:
            self._worker = None

    async def _commit(self, batch: list[_Waiting], *, is_closing: bool) -> None:
        """Decides and answers the whole batch. Raises NotFound, and Unavailable if the database stays away."""
        deadline = time.monotonic() + ANSWER_SECONDS
        attempt: _Draft | None = None  # a commit whose answer was lost
        while True:
            try:
                lot = await self._read_lot()
                if attempt is not None and await self._has_landed(attempt, lot):
                    return await self._finish(attempt)
                draft = await self._decide(lot, batch, is_closing=is_closing)
                if not draft.changes_lot:
                    # The refusals hold only if nothing happened since the lot was read.
                    newer = await self._desks.lots.find_newer_lot(self._goods_id, lot.revision)
                    if newer is None:
                        return await self._finish(draft)
                    self._learn(newer)
                    continue
                attempt = draft
                if await self._desks.lots.commit_lot(draft.before, draft.lot):
                    return await self._finish(draft)
                attempt, self._lot = None, None  # another process was first
                self._participation_ids.clear()
            except Unavailable:
                self._lot = None
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(RETRY_SECONDS)

    async def _read_lot(self) -> Lot:
        return self._lot or self._learn(await self._desks.lots.get_lot(self._goods_id))

    def _learn(self, lot: Lot) -> Lot:
        """Remembers a lot as read; what its outbox holds goes with the next delivery, so that the record has no gap."""
        self._lot = lot
        self._foreign_seq = lot.seq
        self.delivery.take(lot)
        return lot

    async def _decide(self, lot: Lot, batch: list[_Waiting], *, is_closing: bool) -> _Draft:
        draft = _Draft(lot)
        now = self._desks.clock.now()
        ids = await self._find_participation_ids(lot, batch)
        for waiting in batch:
            offer = waiting.offer
            first = await self._find_first_answer(draft, waiting)
            if first is not None:
                draft.accepted.append((waiting, first))
                continue
            decision = decide(draft.lot, offer, ids[offer.user_id], now=now, worker=self._desks.worker)
            draft.lot = decision.lot
            draft.bids += decision.bids
            if decision.refusal is None:
                draft.accepted.append((waiting, _placed(decision.lot, offer.user_id, decision.bids)))
            else:
                draft.refused.append((waiting, decision.refusal))
        await self._find_answers_elsewhere(draft)
        if is_closing:
            settled = settle(draft.lot, now)
            draft.settles = settled is not None
            draft.lot = settled or draft.lot
        if draft.changes_lot:
            on_the_way = self.delivery.list_on_the_way(lot)
            draft.lot = replace(draft.lot, revision=lot.revision + 1, changed_at=now, outbox=(*on_the_way, *draft.bids))
        return draft

    async def _find_first_answer(self, draft: _Draft, waiting: _Waiting) -> Placed | None:
        """What the same key was answered before, if it made a bid."""
        offer = waiting.offer
        if offer.key is None:
            return None
        at_hand = [*draft.before.outbox, *draft.bids]
        first = next((bid for bid in at_hand if bid.key == offer.key and bid.user_id == offer.user_id), None)
        if first is not None:
            return _answer_again(draft.lot, [bid for bid in at_hand if bid.offer_seq == first.seq])
        return await self._find_recorded_answer(draft, waiting) if waiting.is_repeat else None

    async def _find_recorded_answer(self, draft: _Draft, waiting: _Waiting) -> Placed | None:
        record, offer = self._desks.record, waiting.offer
        assert offer.key is not None
        first = await record.find_bid_by_key(self._goods_id, offer.user_id, offer.key, waiting.after_seq)
        if first is None:
            return None
        recorded = await record.list_bids(self._goods_id, after_seq=first.seq - 1, limit=BIDS_AN_OFFER)
        return _answer_again(draft.lot, [bid for bid in recorded if bid.offer_seq == first.seq])

    async def _find_answers_elsewhere(self, draft: _Draft) -> None:
        """The first to bring a key may be refused because its repetition was quicker, in another process."""
        refused, draft.refused = draft.refused, []
        for waiting, refusal in refused:
            is_possible = waiting.offer.key is not None and not waiting.is_repeat and self._foreign_seq > waiting.after_seq
            first = await self._find_recorded_answer(draft, waiting) if is_possible else None
            if first is not None:
                draft.accepted.append((waiting, first))
            else:
                draft.refused.append((waiting, refusal))

    async def _find_participation_ids(self, lot: Lot, batch: list[_Waiting]) -> dict[int, int]:
        ids = self._participation_ids
        unknown = {waiting.offer.user_id for waiting in batch} - ids.keys()
        if unknown:
            found = await self._desks.participations.find_ids(self._goods_id, unknown)
            self._saved_users |= found.keys()
            projected = max(lot.projected_seq, self.delivery.projected_seq)
            if projected < lot.seq:
                recorded = await self._desks.record.list_bids(self._goods_id, after_seq=projected)
                found |= {bid.user_id: bid.participation_id for bid in (*recorded, *lot.outbox)}
            for user_id in unknown:
                ids[user_id] = found.get(user_id) or await self._desks.participations.next_id()
        return ids

    async def _has_landed(self, attempt: _Draft, lot: Lot) -> bool:
        """Whether a commit whose answer was lost is part of this lot."""
        if lot.revision < attempt.lot.revision:
            return False
        if lot.head == attempt.lot.head or not attempt.bids:
            return lot.head == attempt.lot.head
        mine = attempt.bids[0]
        there = next((bid for bid in lot.outbox if bid.seq == mine.seq), None)
        there = there or await self._desks.record.find_bid(self._goods_id, mine.seq)
        return there is not None and there.hash == mine.hash

    async def _finish(self, draft: _Draft) -> None:
        """After the write: tell everyone, answer, deliver."""
        if self._lot is not None and self._lot.revision < draft.lot.revision:
            self._lot = draft.lot
        if draft.changes_lot:
            self._tell(draft)
        if draft.bids:
            await self._save_newcomers(draft)
        for waiting, placed in draft.accepted:
            waiting.accept(placed)
        for waiting, refusal in draft.refused:
            waiting.refuse(refusal)
        if draft.bids:
            self.delivery.take(draft.lot, own_from_seq=draft.bids[0].seq)
            self.delivery.start()
        if draft.settles:
            self.delivery.hurry()  # winner and losers are told when all has arrived

    def _tell(self, draft: _Draft) -> None:
        latency = {placed.seq: since_ms(waiting.started) for waiting, placed in draft.accepted}
        news = tuple(news_of(bid, latency.get(bid.offer_seq)) for bid in draft.bids)
        self._desks.publisher.publish(LotChanged(state=draft.lot.state, bids=news))
        if draft.bids:
            decision_seconds = [latency[bid.seq] / 1000 for bid in draft.bids if bid.seq in latency]
            self._desks.observer.committed(len(draft.accepted) + len(draft.refused), decision_seconds)
        if draft.settles and draft.lot.settled_at is not None:
            late = draft.lot.settled_at - draft.lot.end_at - SETTLE_AFTER
            self._desks.observer.settled(late.total_seconds())
        log.info(
            "committed",
            extra={
                "goods_id": self._goods_id,
                "seq": draft.lot.seq,
                "price": draft.lot.current_price,
                "status": draft.lot.status.value,
                "request_ids": [waiting.offer.request_id for waiting, _ in draft.accepted],
            },
        )

    async def _save_newcomers(self, draft: _Draft) -> None:
        """Who bids on a lot for the first time finds it in their list at once; later bids get there by projection."""
        newcomers = {
            placed.participation.user_id: placed.participation
            for _, placed in draft.accepted
            if placed.participation.user_id not in self._saved_users
        }
        if not newcomers:
            return
        try:
            await self._desks.participations.save_newest(newcomers.values())
            self._saved_users |= newcomers.keys()
        except Unavailable:
            log.warning("lot %s: participations are late; the projection brings them", self._goods_id)


class _Waiting:
    """An offer that waits for its answer."""

    __slots__ = ("offer", "after_seq", "claim", "is_repeat", "answer", "started")

    def __init__(self, offer: Offer, after_seq: int, claim: asyncio.Future[KeyClaim | None] | None):
        self.offer = offer
        self.after_seq = after_seq  # a bid that its key has made comes after this one
        self.claim = claim
        self.is_repeat = False  # an earlier request had the same key
        self.answer: asyncio.Future[Placed] = asyncio.get_running_loop().create_future()
        self.started = time.perf_counter()

    def accept(self, placed: Placed) -> None:
        if not self.answer.done():
            self.answer.set_result(placed)

    def refuse(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)
            self.answer.exception()  # the bidder may have hung up: not worth a warning


class _Draft:
    """What one commit would do: the lot after it, and the answer of each waiting offer."""

    def __init__(self, before: Lot):
        self.before = before
        self.lot = before
        self.bids: list[Bid] = []
        self.accepted: list[tuple[_Waiting, Placed]] = []
        self.refused: list[tuple[_Waiting, DomainError]] = []
        self.settles = False

    @property
    def changes_lot(self) -> bool:
        return bool(self.bids) or self.settles


async def _claimed(batch: list[_Waiting]) -> list[_Waiting]:
    """The batch without those whose key belongs to another request; these are refused."""
    ready = []
    for waiting in batch:
        try:
            earlier = await waiting.claim if waiting.claim is not None else None
        except DomainError as error:
            waiting.refuse(error)
            continue
        if earlier is not None:
            if earlier.fingerprint != waiting.offer.fingerprint:
                waiting.refuse(KeyReused())
                continue
            waiting.is_repeat, waiting.after_seq = True, earlier.after_seq
        ready.append(waiting)
    return ready


def _answer_again(lot: Lot, made: list[Bid]) -> Placed:
    """What was answered to the offer that made these bids."""
    last = made[-1]
    then = replace(lot, seq=last.seq, price=last.price, leader_id=last.user_id, leader_nickname=last.nickname)
    return _placed(then, made[0].user_id, tuple(made))


def _placed(lot: Lot, user_id: int, bids: tuple[Bid, ...]) -> Placed:
    own = [bid for bid in bids if bid.user_id == user_id]
    return Placed(Participation.after_bid(own[-1]), lot, own[0].seq)


def news_of(bid: Bid, latency_ms: float | None = None) -> BidNews:
    """What may be told of a bid."""
    return BidNews(
        seq=bid.seq,
        user_id=bid.user_id,
        nickname=bid.nickname,
        price=bid.price,
        is_proxy=bid.is_proxy,
        arrived_at=bid.arrived_at,
        outbid_user_id=bid.outbid_user_id,
        outbid_price=bid.outbid_price,
        worker=bid.worker,
        request_id=bid.request_id,
        latency_ms=latency_ms,
    )

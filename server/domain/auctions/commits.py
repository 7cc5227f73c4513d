"""Group commit: makes offers durable in arrival order, many with one write.

While one commit of a lot is in flight the offers that arrive wait; when it returns, all that wait are decided one after the
other in memory and committed together. Another process that commits first only makes the write miss: read again, decide again.
"""
from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec.structs import replace

from server.domain.auctions.admission import FOR_EVERYONE
from server.domain.auctions.delivery import Delivery
from server.domain.auctions.drafts import Draft, Placed, SeenBids, Waiting, made_by_offer, with_claims
from server.domain.auctions.gate import Gate
from server.domain.auctions.goods import Lot, LotStatus, LotStore
from server.domain.auctions.handover import Answer, Guest, Handover, placed_of
from server.domain.auctions.keys import ClaimDesk, KeyClaim, KeyStore
from server.domain.auctions.lot_batches import LotBatches
from server.domain.auctions.moments import Moments
from server.domain.auctions.offers import BidObserver, Instruction, KeyReused, MaximumChange, Offer, Unobserved
from server.domain.auctions.participations import ParticipationStore
from server.domain.auctions.queues import LotQueue
from server.domain.auctions.record import Act, Bid, MaximumSet, RecordStore
from server.domain.auctions.recorder import Recorder
from server.domain.auctions.rules import SETTLE_AFTER, decide, settle
from server.domain.clock import Clock, Stamp, Stamps, since_ms
from server.domain.errors import DomainError, Unavailable
from server.domain.events import BidNews, LotChanged, Publisher

log = logging.getLogger(__name__)

ANSWER_SECONDS = 2.8  # a commit whose fate is unknown is pursued this long before the bidder hears "unavailable"
RETRY_SECONDS = 0.05
MISSES_BORNE = 1  # commits lost to other processes before this one asks for its turn
DESKS_KEPT = 2048  # lots whose state stays in memory after their last offer
HOT_SECONDS = 60.0  # after another process came first, or the last offer that went there, offers of a lot go to its home
CLOCKS_DIFFER = timedelta(minutes=1)  # at most, between the machines of one installation
GUEST_AGE = timedelta(seconds=5)  # an older offer of another process was decided there long ago
MOST_ON_THE_WAY = 2048  # bids of a lot that have not reached the record: its document holds them, and has an end
BIDS_AN_OFFER = 3  # at most: the offer, the leader's proxy, the challenger's proxy


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
        gate: Gate,
        *,
        worker: str,
        observer: BidObserver = Unobserved(),
        moments: Stamps | None = None,
        handover: Handover | None = None,
        find_told_seq: Callable[[int], int] = lambda goods_id: 0,
    ):
        self.lots = lots
        self.record = record
        self.participations = participations
        self.claims = ClaimDesk(keys)
        self.gate = gate
        self.publisher = publisher
        self.clock = clock
        self.moments = moments or Moments(clock)  # of changes, as cursors compare them
        self.worker = worker
        self.observer = observer
        self.find_told_seq = find_told_seq  # of a lot: a number that its bids have reached, as news tell
        self.recorder = Recorder(record, self.moments)
        self.batches = LotBatches(lots, participations)
        self.handover = handover  # None: every offer is decided where it comes in
        if handover is not None:
            handover.open(self.desk)
        self._desks: OrderedDict[int, LotDesk] = OrderedDict()

    def desk(self, goods_id: int) -> LotDesk:
        """The one place in this process where that lot is changed."""
        desk = self._desks.get(goods_id)
        if desk is None:
            self._forget_idle()
            desk = self._desks[goods_id] = LotDesk(goods_id, self)
        self._desks.move_to_end(goods_id)
        return desk

    def is_delivering(self, goods_id: int, seq: int) -> bool:
        """Whether that lot's bids, up to that one, are on their way from here to the record and to participations."""
        desk = self._desks.get(goods_id)
        return desk is not None and desk.delivery.has_taken(seq)

    async def drain(self) -> None:
        """Waits until every offer taken is answered and every bid accepted here has reached the record."""
        await asyncio.gather(*(desk.drain() for desk in self._desks.values()))  # together, as their writes are
        await self.gate.drain()

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
        self._queue = LotQueue(desks.clock)
        self._away = 0  # offers that are handed over
        self._away_at: str | None = None  # where these are
        self._all_back = asyncio.Event()
        self._hot_until = 0.0  # as time.monotonic() tells it
        self._is_closing = False  # asked to settle the lot with the next commit
        self._lot: Lot | None = None  # as of the last read or commit; None when it has to be read
        self._known_lot: Lot | None = None  # likewise, kept when it has to be read again
        self._known_seq = 0  # the lot's last bid as of the last read or commit
        self._heard_seq = 0  # the last that another process has told of
        self._seen = SeenBids()
        self._participation_ids: dict[int, int] = {}
        self._knows_everybody = False  # who has bid on the lot stands in _participation_ids
        self._saved_users: set[int] = set()
        self._worker: asyncio.Task[None] | None = None
        self.delivery = Delivery(goods_id, desks.record, desks.recorder, desks.batches)

    @property
    def is_idle(self) -> bool:
        return self._worker is None and not self._away and self.delivery.is_idle

    async def take(self, offer: Offer) -> Placed:
        """Queues the offer; returns when it is decided and durable, raises when it is refused."""
        placed: Placed = await self._add(offer).answer
        return placed

    async def take_change(self, change: MaximumChange) -> MaximumSet:
        """Likewise for a changed maximum."""
        done: MaximumSet = await self._add(change).answer
        return done

    async def take_instruction(self, wanted: Instruction) -> Bid:
        """Likewise for what an operator wants; gives the entry that it leaves in the record."""
        done: Bid = await self._add(wanted).answer
        return done

    def close(self) -> None:
        """Settles the lot, if its time is over, once the offers that are here are decided."""
        self._is_closing = True
        self._wake()

    def take_guests(self, guests: list[Guest]) -> None:
        """Queues offers that another process received, by arrival; those of one process stay in their order."""
        for guest in guests:
            # Whoever asks for a key looks through all bids since; had its sender decided the offer, it would have claimed the key first.
            guest.after_seq = max(guest.after_seq, self._last_known_seq)
            guest.claim = self._claim(guest)
        self._queue.add_guests(guests)
        self._wake()

    def came_back(self, waiting: Waiting, answer: Answer) -> bool:
        """Answers an offer as its home has decided; False if that is no answer."""
        assert self._known_lot is not None
        placed = placed_of(answer, self._known_lot)
        if placed is None:
            return False
        if isinstance(placed, Placed):
            waiting.accept(placed)
        else:
            waiting.refuse(placed)
        if not isinstance(placed, KeyReused):
            self._heard_seq = max(self._heard_seq, placed.lot.seq)
        self._count_back(1)
        return True

    def take_back(self, waiting: list[Waiting]) -> None:
        """Decides these here after all, before whatever came later; whether they have made a bid is looked up first."""
        for one in waiting:
            one.is_back = True
        self._queue.add_back(waiting)
        self._count_back(len(waiting))

    async def recover(self) -> None:
        """Brings to the record and to participations what another process has left on the way. Raises Unavailable."""
        await self.delivery.recover(await self._desks.lots.get_lot(self._goods_id))

    async def drain(self) -> None:
        """Waits for the answers and the delivery."""
        while self._worker is not None or self._away:
            if self._worker is not None:
                await asyncio.wait([self._worker])
            else:
                self._all_back.clear()
                await self._all_back.wait()
        await self.delivery.finish()

    def _add(self, offer: Offer | MaximumChange | Instruction) -> Waiting:
        # A bidder who hangs up cancels the answer alone; the bid goes on.
        waiting = Waiting(offer, self._last_known_seq)
        if self._find_home([waiting]) is None:
            waiting.claim = self._claim(waiting)  # else its home does
        self._queue.add(waiting)
        self._wake()
        return waiting

    @property
    def _last_known_seq(self) -> int:
        return max(self._known_seq, self._heard_seq, self._desks.find_told_seq(self._goods_id))

    def _claim(self, waiting: Waiting) -> asyncio.Future[KeyClaim | None] | None:
        offer = waiting.offer
        if offer.key is None or offer.fingerprint is None:
            return None
        return self._desks.claims.claim(
            KeyClaim(
                user_id=offer.user_id,
                key=offer.key,
                goods_id=offer.goods_id,
                fingerprint=offer.fingerprint,
                after_seq=waiting.after_seq,
                claimed_at=offer.arrived_at,
            )
        )

    def _wake(self) -> None:
        if self._worker is None:
            self._worker = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        try:
            while self._queue or (self._is_closing and not self._away):
                batch: list[Waiting] = []
                try:
                    batch = await self._queue.take(are_own_away=self._away > 0)
                    if not batch and not self._is_closing:
                        continue
                    home = self._find_home(batch)
                    if home is not None:
                        self._hand_over(batch, home)
                        continue
                    batch = await self._claimed([*await self._until_all_back(batch), *batch])
                    is_closing = self._is_closing and not self._away
                    self._is_closing = self._is_closing and not is_closing
                    await self._commit(batch, is_closing=is_closing)
                    # Not after an error: what it came to may not be seen yet.
                    self._desks.gate.leave(one.passage for one in batch if one.passage is not None)
                except Exception as error:  # whatever happens, everyone who waits is answered
                    self._lot = None
                    if not isinstance(error, DomainError):
                        log.exception("lot %s: commit failed", self._goods_id)
                    for waiting in batch:
                        waiting.refuse(error)
        finally:
            self._worker = None

    def _find_home(self, batch: list[Waiting]) -> str | None:
        """The process that shall decide the whole batch; None if this one does."""
        handover, lot = self._desks.handover, self._known_lot
        if handover is None or lot is None or self._queue.has_back or self._is_closing or time.monotonic() > self._hot_until:
            return None
        home = handover.find_home(self._goods_id) if not _was_intervened(lot, self._desks.clock.now()) else None
        if home is None or self._away_at not in (None, home) or not all(_may_go(one, lot) for one in batch):
            return None
        return home

    def _hand_over(self, batch: list[Waiting], home: str) -> None:
        assert self._desks.handover is not None
        self._lot = None
        self._hot_until = time.monotonic() + HOT_SECONDS
        self._away += len(batch)
        self._away_at = home
        self._desks.handover.give(home, self, batch)

    async def _until_all_back(self, batch: list[Waiting]) -> list[Waiting]:
        """What is decided here comes after what was handed over before it; gives those that are to be decided first."""
        if any(one.origin is None for one in batch):
            while self._away:
                self._all_back.clear()
                await self._all_back.wait()
        return [] if self._away else self._queue.take_back()

    async def _claimed(self, batch: list[Waiting]) -> list[Waiting]:
        """With the keys of those that another process was to claim."""
        unclaimed = [one for one in batch if one.claim is None and one.offer.key is not None]
        for one in unclaimed:
            one.claim = self._claim(one)
        return await with_claims(batch) if unclaimed else batch

    def _count_back(self, offers: int) -> None:
        self._away -= offers
        if not self._away:
            self._away_at = None
            self._all_back.set()
        if self._queue.has_back or self._is_closing:
            self._wake()

    async def _commit(self, batch: list[Waiting], *, is_closing: bool) -> None:
        """Decides and answers the whole batch. Raises NotFound, and Unavailable if the database stays away."""
        deadline = time.monotonic() + ANSWER_SECONDS
        attempt: Draft | None = None  # a commit whose answer was lost
        misses = 0
        is_fresh = False  # the lot was read since these offers came
        while True:
            try:
                if self._lot is None:
                    read = self._desks.lots.claim_turn if misses > MISSES_BORNE else self._desks.batches.get_lot
                    self._learn(await read(self._goods_id))
                    is_fresh = True
                assert self._lot is not None
                if attempt is not None and await self._has_landed(attempt, self._lot):
                    return await self._finish(attempt)
                await self._make_room(self._lot, deadline)
                draft = await self._decide(self._lot, batch, is_closing=is_closing)
                if not draft.changes_lot:
                    # The refusals hold only if nothing happened before these offers came.
                    newer = None if is_fresh else await self._desks.lots.find_newer_lot(self._goods_id, self._lot.revision)
                    if newer is None:
                        return await self._finish(draft)
                    self._learn(newer)
                    is_fresh = True
                    continue
                attempt = draft
                is_committed = await self._desks.batches.commit_lot(draft.before, draft.lot)
                if is_committed:
                    return await self._finish(draft)
                self._lot = None
                if is_committed is None:
                    continue
                attempt = None  # another process was first
                misses += 1
                self._hot_until = time.monotonic() + HOT_SECONDS
                self._desks.observer.missed()
            except Unavailable:
                self._lot = None
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(RETRY_SECONDS)

    def _learn(self, lot: Lot) -> None:
        """Remembers a lot as read; what its outbox holds goes with the next delivery, so that the record has no gap."""
        news = [bid for bid in lot.outbox if bid.seq > self._known_seq]
        if len(news) < lot.seq - self._known_seq:
            # Not all that other processes did meanwhile is seen here: a bidder may have got another number from them.
            for user_id in self._participation_ids.keys() - self._saved_users:
                del self._participation_ids[user_id]
            self._knows_everybody = False
            self._seen.forget(lot.seq)
        else:
            self._seen.add(news)
        self._participation_ids |= {bid.user_id: bid.participation_id for bid in lot.outbox}
        # All that was ever bid is at hand: of most lots of a large sale, before their first bid.
        self._knows_everybody = self._knows_everybody or len(lot.outbox) == lot.seq
        self._lot = self._known_lot = lot
        self._known_seq = lot.seq
        self.delivery.take(lot)

    async def _make_room(self, lot: Lot, deadline: float) -> None:
        """No more bids while too many wait to reach the record. Raises Unavailable where they do not until then."""
        if len(lot.outbox) <= MOST_ON_THE_WAY or len(self.delivery.list_on_the_way(lot)) <= MOST_ON_THE_WAY:
            return
        self.delivery.take(lot)
        self.delivery.start()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(deadline - time.monotonic()):
                await self.delivery.finish()
        if len(self.delivery.list_on_the_way(lot)) > MOST_ON_THE_WAY:
            raise Unavailable("record")

    async def _decide(self, lot: Lot, batch: list[Waiting], *, is_closing: bool) -> Draft:
        now = self._desks.clock.now()
        draft = Draft(lot, await self._list_recorded_since(lot, batch))
        ids = await self._find_participation_ids(lot, batch)
        await self._ask_gate(lot, batch)
        for waiting in batch:
            offer = waiting.offer
            if isinstance(offer, MaximumChange):
                await self._decide_change(draft, waiting, offer)
                continue
            if isinstance(offer, Instruction):
                await self._decide_instruction(draft, waiting, offer)
                continue
            if waiting.origin is not None and (now - offer.arrived_at > GUEST_AGE or _was_intervened(draft.lot, now)):
                draft.refused.append((waiting, Unavailable("home")))
                continue
            made = draft.find_made(offer) if offer.key is not None or waiting.is_back else []
            if not made and waiting.is_repeat:
                made = await self._find_recorded(offer, waiting.after_seq)
            if made:
                draft.answer_again(waiting, made, await self._find_before(draft, made))
            else:
                worker = waiting.origin or self._desks.worker
                draft.take(waiting, decide(draft.lot, offer, ids[offer.user_id], now=now, worker=worker, barred=waiting.barred))
        await self._find_answers_elsewhere(draft)
        if is_closing:
            settled = settle(draft.lot, now)
            draft.settles = settled is not None
            draft.lot = settled or draft.lot
        if draft.changes_lot:
            stamp = self._desks.moments.stamp() if draft.is_seen else Stamp(lot.changed_at, lot.changed_era)
            draft.lot = replace(
                draft.lot,
                revision=lot.revision + 1,
                changed_at=stamp.at,
                changed_era=stamp.era,
                maximum_changed_at=self._desks.moments.now() if draft.maxima else lot.maximum_changed_at,
                outbox=(*self.delivery.list_on_the_way(lot), *draft.bids),
                maxima=(*self.delivery.list_maxima_on_the_way(lot), *draft.maxima),
            )
        return draft

    async def _ask_gate(self, lot: Lot, batch: list[Waiting]) -> None:
        """Whether those who offer may, as the lot's terms are now."""

        async def ask(waiting: Waiting, amount: int) -> None:
            waiting.passage = await self._desks.gate.ask(lot, waiting.offer.user_id, amount)

        if lot.admission == FOR_EVERYONE:
            for waiting in batch:
                waiting.passage = None
            return
        asked = ((one, one.amount) for one in batch if one.passage is None or one.passage.admission != lot.admission)
        await asyncio.gather(*(ask(one, amount) for one, amount in asked if amount is not None))

    async def _list_recorded_since(self, lot: Lot, batch: list[Waiting]) -> list[Bid] | None:
        """The bids before the outbox that those of the batch can have made which were handed over; None without any."""
        after_seqs = [one.after_seq for one in batch if one.is_back]
        if not after_seqs:
            return None
        first = min([lot.seq + 1, *(bid.seq for bid in lot.outbox)])
        limit = first - 1 - min(after_seqs)
        if limit <= 0:
            return []
        return await self._desks.record.list_bids(self._goods_id, after_seq=min(after_seqs), limit=limit)

    async def _decide_change(self, draft: Draft, waiting: Waiting, change: MaximumChange) -> None:
        earlier = draft.find_set(change) if change.key is not None else None
        if earlier is None and change.key is not None and (waiting.is_repeat or draft.lot.leader_id != change.user_id):
            # Also the first to bring a key may come after its repetition, which another process has taken.
            earlier = await self._desks.record.find_maximum_by_key(self._goods_id, change.user_id, change.key)
        if earlier is not None:
            draft.set.append((waiting, earlier))
        else:
            draft.take_change(waiting, change, self._desks.worker)

    async def _decide_instruction(self, draft: Draft, waiting: Waiting, wanted: Instruction) -> None:
        done = None
        if wanted.id in draft.lot.instructions:
            done = draft.find_done(wanted) or await self._find_entry(wanted.id)
        if done is not None:
            draft.set.append((waiting, done))
            return
        entries: list[Bid] = []
        maxima: list[MaximumSet] = []
        if wanted.act is Act.VOID:
            recorded = await self._desks.record.list_bids(self._goods_id)
            known = {bid.seq: bid for bid in (*recorded, *draft.before.outbox, *draft.bids)}
            entries = [known[seq] for seq in range(1, draft.lot.seq + 1) if seq in known]
            changed = {one.number: one for one in (*await self._desks.record.list_maxima(self._goods_id), *draft.lot.maxima, *draft.maxima)}
            maxima = [changed[number] for number in sorted(changed)]
            if len(entries) < draft.lot.seq:
                raise Unavailable("record")  # another process is bringing the rest
        draft.take_instruction(waiting, wanted, entries, maxima, self._desks.worker)

    async def _find_entry(self, instruction_id: str) -> Bid | None:
        recorded = await self._desks.record.list_bids(self._goods_id)
        return next((bid for bid in recorded if bid.intervention and bid.intervention.id == instruction_id), None)

    async def _find_recorded(self, offer: Offer, after_seq: int) -> list[Bid]:
        """The bids that an earlier request with this key made, if they are in the record."""
        record = self._desks.record
        assert offer.key is not None
        first = await record.find_bid_by_key(self._goods_id, offer.user_id, offer.key, after_seq)
        if first is None:
            return []
        return made_by_offer(first, await record.list_bids(self._goods_id, after_seq=first.seq - 1, limit=BIDS_AN_OFFER))

    async def _find_before(self, draft: Draft, made: list[Bid]) -> Bid | None:
        """The entry before those that one offer has made; None before the first."""
        seq = made[0].offer_seq - 1
        if seq == 0:
            return None
        found = draft.find_entry(seq) or await self._desks.record.find_bid(self._goods_id, seq)
        if found is None:
            raise Unavailable("record")  # another process is bringing it
        return found

    async def _find_answers_elsewhere(self, draft: Draft) -> None:
        """The first to bring a key may be refused because its repetition was quicker, in another process."""
        possible: dict[tuple[int, str | None], Waiting] = {
            (waiting.offer.user_id, waiting.offer.key): waiting
            for waiting, _ in draft.refused
            if isinstance(waiting.offer, Offer)
            and waiting.offer.key is not None
            and not waiting.is_repeat
            and draft.before.seq > waiting.after_seq
        }
        if not possible:
            return
        after_seq = min(waiting.after_seq for waiting in possible.values())
        if after_seq >= self._seen.since_seq:
            made = self._seen.list_after(after_seq)
        else:
            made = await self._desks.record.list_bids(self._goods_id, after_seq=after_seq, limit=draft.before.seq - after_seq)
        for first in made:
            waiting = possible.get((first.user_id, first.key))
            if waiting is not None and first.seq > waiting.after_seq:
                draft.refused = [one for one in draft.refused if one[0] is not waiting]
                bids = made_by_offer(first, made)
                draft.answer_again(waiting, bids, await self._find_before(draft, bids))

    async def _find_participation_ids(self, lot: Lot, batch: list[Waiting]) -> dict[int, int]:
        ids = self._participation_ids
        unknown = {waiting.offer.user_id for waiting in batch if isinstance(waiting.offer, Offer)} - ids.keys()
        if unknown and not self._knows_everybody:
            stored = await self._desks.participations.list_by_goods(self._goods_id)
            self._saved_users |= {one.user_id for one in stored}
            recorded = await self._desks.record.list_bids(self._goods_id, after_seq=lot.projected_seq)
            ids |= {one.user_id: one.id for one in stored}
            ids |= {bid.user_id: bid.participation_id for bid in (*recorded, *lot.outbox)}
            self._knows_everybody = True
        for user_id in unknown - ids.keys():
            ids[user_id] = await self._desks.participations.next_id()
        return ids

    async def _has_landed(self, attempt: Draft, lot: Lot) -> bool:
        """Whether a commit whose answer was lost is part of this lot."""
        if lot.revision < attempt.lot.revision:
            return False
        if lot.head == attempt.lot.head:
            return True
        if attempt.maxima:
            change = attempt.maxima[0]
            same = next((one for one in lot.maxima if one.number == change.number), None)
            same = same or await self._desks.record.find_maximum(self._goods_id, change.number)
            return same is not None and same.hash == change.hash
        if not attempt.bids:
            return False
        mine = attempt.bids[0]
        there = next((bid for bid in lot.outbox if bid.seq == mine.seq), None)
        there = there or await self._desks.record.find_bid(self._goods_id, mine.seq)
        return there is not None and there.hash == mine.hash

    async def _finish(self, draft: Draft) -> None:
        """After the write: tell everyone, answer, deliver."""
        committed_at = self._desks.clock.now()
        if self._lot is not None and self._lot.revision < draft.lot.revision:
            self._lot = self._known_lot = draft.lot
            self._known_seq = draft.lot.seq
        if draft.is_seen:
            self._tell(draft)
        elif draft.maxima:
            self._desks.publisher.publish(LotChanged(state=draft.lot.state, ceiling=draft.lot.ceiling))
        if draft.bids:
            await self._save_newcomers(draft)
        for waiting, placed in draft.accepted:
            waiting.accept(placed)
        for waiting, entry in draft.set:
            waiting.accept(entry)
        for waiting, refusal in draft.refused:
            waiting.refuse(refusal)
        if draft.changes_lot:
            self.delivery.take(draft.lot, own_from_seq=draft.bids[0].seq if draft.bids else None, committed_at=committed_at)
        self.delivery.start()  # also of what was learned on the way to a refusal
        if draft.settles:
            self.delivery.hurry()  # winner and losers are told when all has arrived

    def _tell(self, draft: Draft) -> None:
        latency = {placed.seq: since_ms(waiting.started) for waiting, placed in draft.accepted}
        news = tuple(news_of(bid, latency.get(bid.offer_seq)) for bid in draft.bids)
        self._desks.publisher.publish(LotChanged(state=draft.lot.state, ceiling=draft.lot.ceiling, bids=news))
        if draft.bids:
            decision_seconds = [latency[bid.seq] / 1000 for bid in draft.bids if bid.seq in latency]
            self._desks.observer.committed(len(draft.accepted) + len(draft.refused), decision_seconds)
        if draft.settles and draft.lot.settled_at is not None and draft.lot.status is not LotStatus.WITHDRAWN:
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

    async def _save_newcomers(self, draft: Draft) -> None:
        """Who bids on a lot for the first time finds it in their list at once; later bids get there by projection."""
        newcomers = {
            placed.participation.user_id: placed.participation
            for _, placed in draft.accepted
            if placed.participation.user_id not in self._saved_users
        }
        if not newcomers:
            return
        try:
            await self._desks.batches.add_first([*newcomers.values()])
            self._saved_users |= newcomers.keys()
            self.delivery.note_saved(newcomers.values())
        except Unavailable:
            log.warning("lot %s: participations are late; the projection brings them", self._goods_id)


def _may_go(waiting: Waiting, lot: Lot) -> bool:
    """Whether another process may decide it: an offer of this one that arrived before an end that can only move away."""
    offer = waiting.offer
    is_own = waiting.origin is None and not waiting.is_back
    return is_own and isinstance(offer, Offer) and lot.status is LotStatus.OPEN and offer.arrived_at < lot.end_at


def _was_intervened(lot: Lot, now: datetime) -> bool:
    """Whether an operator has done something to it so lately that an offer handed over before may have been decided where it came from."""
    return lot.said is not None and now - lot.said.at <= GUEST_AGE + CLOCKS_DIFFER


def news_of(bid: Bid, latency_ms: float | None = None) -> BidNews:
    """What may be told of a bid."""
    return BidNews(
        seq=bid.seq,
        user_id=bid.user_id,
        participation_id=bid.participation_id,
        nickname=bid.nickname,
        price=bid.price,
        is_proxy=bid.is_proxy,
        arrived_at=bid.arrived_at,
        outbid_user_id=bid.outbid_user_id,
        outbid_price=bid.outbid_price,
        intervention=bid.intervention,
        worker=bid.worker,
        request_id=bid.request_id,
        latency_ms=latency_ms,
    )

"""What operators do to a lot: the rules by plain calls, the commit on the real database, against storms of bids."""
from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from motor.motor_asyncio import AsyncIOMotorDatabase
from msgspec.structs import replace

from server.domain.auctions.audit.findings import Entry, Finding
from server.domain.auctions.audit.lots import LotAudit
from server.domain.auctions.audit.walk import AuditService
from server.domain.auctions.chain import genesis_hash
from server.domain.auctions.goods import ExtendedBy, Lot, LotStatus, Said
from server.domain.auctions.groups import Group
from server.domain.auctions.handover import UNDECIDED, Answer, Given, Guest
from server.domain.auctions.interventions import (
    ActRefused,
    AlreadyPaused,
    AlreadyStarted,
    LotOver,
    NotPaused,
    Stand,
    intervene,
    list_stands,
    stand_of,
)
from server.domain.auctions.maxima import change_maximum
from server.domain.auctions.offers import (
    BidRefused,
    Ended,
    Instruction,
    LotPaused,
    LotRefusal,
    LotWithdrawn,
    MaximumChange,
    NotStarted,
    Offer,
)
from server.domain.auctions.participations import Participation, ParticipationService
from server.domain.auctions.record import Act, Bid, MaximumSet
from server.domain.auctions.rules import SETTLE_AFTER, decide, settle
from server.domain.errors import InvalidInput, Unavailable
from server.storage.auctions.audit import MongoAudit
from server.storage.auctions.goods import MongoLots
from server.storage.mongo import Sequences
from tests.domain.auctions.floors import Sale
from tests.domain.auctions.offers import END, GROUP_ID, LOW_PRICE, START, TOP_PRICE, offer, open_lot, sequences

SECOND = timedelta(seconds=1)
NUMBERS = itertools.count(1)
ENOUGH = 21  # bids of a storm


def wanted(act: Act, *, at: datetime = START + SECOND, **facts: Any) -> Instruction:
    usual = {"id": f"i{next(NUMBERS)}", "goods_id": 145, "operator_id": 9, "reason": "更正"}
    return Instruction(act=act, arrived_at=at, **{**usual, **facts})


class Story:
    """A lot with its whole record, as the rules make it."""

    def __init__(self, lot: Lot | None = None):
        self.lot = lot or open_lot()
        self.entries: list[Bid] = []
        self.maxima: list[MaximumSet] = []
        self.stands = {0: stand_of(self.lot)}

    def offer(self, one: Offer) -> None:
        decision = decide(self.lot, one, one.user_id * 100, now=one.arrived_at)
        self.lot = decision.lot
        self.entries += decision.bids
        self._remember()

    def change_maximum(self, user_id: int, max_price: int | None, at: datetime = START + SECOND) -> None:
        change = MaximumChange(goods_id=145, group_id=GROUP_ID, user_id=user_id, max_price=max_price, arrived_at=at)
        self.lot, entry = change_maximum(self.lot, change)
        self.maxima.append(entry)
        self._remember()

    def do(self, act: Act, **facts: Any) -> Bid:
        self.lot, entry = intervene(self.lot, wanted(act, **facts), self.entries, self.maxima)
        self.entries.append(entry)
        self._remember()
        return entry

    def _remember(self) -> None:
        self.stands[self.lot.seq] = stand_of(self.lot)

    def audit(self) -> list[Finding]:
        checking = LotAudit(self.lot, Group(id=GROUP_ID, issue=7, start_at=START, end_at=END))
        checking.add_maxima(self.maxima)
        for entry in self.entries:
            checking.take(Entry(entry.seq, entry))
        newest = {bid.user_id: Participation.after_bid(bid) for bid in self.entries if bid.intervention is None}
        checking.take_participations(newest.values())
        checking.conclude(recorded_seq=self.lot.seq)
        return checking.findings


def contested() -> Story:
    """User 1 with a maximum, user 2 above it, then user 3 by mistake."""
    story = Story()
    story.offer(offer(1, 105, 120))
    story.offer(offer(2, 130, 140))
    story.offer(offer(3, 159))
    return story


# ---- rules


def test_a_void_brings_back_who_led_with_their_maximum_and_erases_nothing() -> None:
    story = contested()
    gone = list(story.entries)
    entry = story.do(Act.VOID, back_to=2)
    lot = story.lot
    assert (lot.leader_id, lot.price, lot.ceiling, lot.seq) == (2, 130, 140, 4)
    assert story.entries == [*gone, entry]
    assert (entry.user_id, entry.price, entry.previous_hash, lot.head) == (2, 130, gone[-1].hash, entry.hash)
    assert entry.intervention is not None and entry.intervention.concerned == (2, 3)
    assert [lot.stands(seq) for seq in range(1, 5)] == [True, True, False, True] and lot.leading_seq == 2
    assert lot.said == Said(Act.VOID, "更正", START + SECOND)
    story.offer(offer(3, 135, at=START + 2 * SECOND))
    assert (story.lot.leader_id, story.lot.price) == (2, 136)  # the maximum answers
    assert story.audit() == []


def test_back_to_nothing_the_lot_is_as_if_nobody_had_bid() -> None:
    story = contested()
    story.do(Act.VOID, back_to=0)
    assert (story.lot.leader_id, story.lot.price, story.lot.current_price, story.lot.minimum_offer) == (None, 0, LOW_PRICE, LOW_PRICE)
    story.offer(offer(4, LOW_PRICE, at=START + 2 * SECOND))
    assert story.lot.leader_id == 4 and story.audit() == []


@pytest.mark.parametrize("back_to", [3, 4, 99, None])
def test_a_void_goes_back_to_what_stood_before_and_to_nothing_else(back_to: int | None) -> None:
    story = contested()
    with pytest.raises(InvalidInput):
        story.do(Act.VOID, back_to=back_to)


def test_no_void_goes_back_into_the_middle_of_an_offer_or_to_what_stands_no_more() -> None:
    story = Story()
    story.offer(offer(1, 105, 120))
    story.offer(offer(2, 110, 130))  # three entries: the offer, the leader's answer, the proxy
    assert story.lot.seq == 4
    for back_to in (2, 3):
        with pytest.raises(InvalidInput):
            story.do(Act.VOID, back_to=back_to)
    story.do(Act.VOID, back_to=1)
    with pytest.raises(InvalidInput):
        story.do(Act.VOID, back_to=4)
    story.offer(offer(3, 125, at=START + 2 * SECOND))
    story.do(Act.VOID, back_to=5)
    assert (story.lot.leader_id, story.lot.price, story.lot.ceiling) == (1, 105, 120) and story.audit() == []


def test_a_maximum_that_was_changed_is_the_one_that_comes_back() -> None:
    story = Story()
    story.offer(offer(1, 105, 120))
    story.change_maximum(1, 150)
    story.change_maximum(1, 145)
    story.offer(offer(2, 159))
    story.do(Act.VOID, back_to=1)
    assert story.lot.ceiling == 145
    story.change_maximum(1, None)
    story.do(Act.PAUSE)
    assert story.lot.ceiling == 105 and story.audit() == []


def test_a_paused_lot_takes_nothing_and_gets_its_time_back() -> None:
    story = contested()
    story.do(Act.PAUSE, at=START + 10 * SECOND)
    for arrived in (START + 9 * SECOND, START + 11 * SECOND):
        refusal = decide(story.lot, offer(4, 160, at=arrived), 4, now=arrived).refusal
        assert isinstance(refusal, LotPaused)
    assert settle(story.lot, END + timedelta(days=1)) is None
    with pytest.raises(AlreadyPaused):
        story.do(Act.PAUSE)
    story.do(Act.RESUME, at=END + timedelta(hours=2))
    pause = END + timedelta(hours=2) - (START + 10 * SECOND)
    assert story.lot.end_at == END + pause and story.lot.latest_end_at == END + timedelta(minutes=10) + pause
    assert story.lot.extended_by is ExtendedBy.OPERATOR and story.audit() == []
    with pytest.raises(NotPaused):
        story.do(Act.RESUME)


def test_what_had_not_begun_loses_no_time_by_a_pause() -> None:
    story = Story(replace(open_lot(), start_at=START + timedelta(minutes=10)))
    story.do(Act.PAUSE, at=START)
    story.do(Act.RESUME, at=START + timedelta(minutes=5))
    assert story.lot.end_at == END


def test_a_lot_is_started_early_once() -> None:
    story = Story(replace(open_lot(), start_at=START + timedelta(minutes=10)))
    assert isinstance(decide(story.lot, offer(1, 105), 1, now=START).refusal, NotStarted)
    story.do(Act.START, at=START)
    story.offer(offer(1, 105))
    assert story.lot.leader_id == 1 and story.audit() == []
    with pytest.raises(AlreadyStarted):
        story.do(Act.START, at=START)


def test_an_end_now_lets_in_what_arrived_before_it_and_nothing_moves_it() -> None:
    story = contested()
    now = START + 30 * SECOND
    story.do(Act.END, at=now)
    assert isinstance(decide(story.lot, offer(4, 160, at=now), 4, now=now).refusal, Ended)
    story.offer(offer(4, TOP_PRICE, at=now - SECOND))
    assert story.lot.end_at == now and story.lot.status is LotStatus.WON and story.audit() == []


def test_a_bid_that_arrived_before_an_end_now_does_not_extend_it() -> None:
    story = Story()
    story.offer(offer(1, 105))
    story.do(Act.END, at=START + 30 * SECOND)
    story.offer(offer(2, 106, at=START + 29 * SECOND))
    assert (story.lot.leader_id, story.lot.end_at) == (2, START + 30 * SECOND)
    settled = settle(story.lot, START + 31 * SECOND)
    assert settled is not None
    story.lot = settled
    assert story.audit() == []


def test_an_extension_moves_the_end_also_beyond_what_late_bids_may() -> None:
    story = Story()
    story.do(Act.EXTEND, seconds=7200)
    assert story.lot.end_at == story.lot.latest_end_at == END + timedelta(hours=2) and story.audit() == []


def test_a_lot_off_the_sale_is_nobodys_and_says_why() -> None:
    story = contested()
    story.do(Act.WITHDRAW, reason="真伪存疑")
    assert story.lot.status is LotStatus.WITHDRAWN and story.lot.settled_at == START + SECOND
    assert isinstance(decide(story.lot, offer(4, 160), 4, now=START).refusal, LotWithdrawn)
    part = Participation.after_bid(story.entries[2])
    assert part.bid_status_on(story.lot) == 2
    assert story.audit() == []


@pytest.mark.parametrize("act", list(Act))
def test_what_is_over_is_left_alone(act: Act) -> None:
    settled = settle(contested().lot, END + SETTLE_AFTER)
    assert settled is not None
    with pytest.raises(LotOver):
        intervene(settled, wanted(act, back_to=1, seconds=60))


@pytest.mark.parametrize("act", [Act.PAUSE, Act.EXTEND, Act.END, Act.RESUME])
def test_nothing_opens_again_what_has_come_to_its_end(act: Act) -> None:
    with pytest.raises(LotOver):
        intervene(contested().lot, wanted(act, at=END, seconds=60))


# ---- the record, whatever happens


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Offers, changed maxima and interventions in any order."""
    story = Story()
    for one in draw(sequences(max_size=20)):
        story.offer(one)
        for _ in range(draw(st.integers(0, 2))):
            act = draw(st.sampled_from([Act.VOID, Act.VOID, Act.PAUSE, Act.RESUME, Act.EXTEND, Act.START, Act.END, Act.WITHDRAW, None]))
            try:
                if act is None:
                    ceiling = draw(st.none() | st.integers(LOW_PRICE, TOP_PRICE))
                    story.change_maximum(story.lot.leader_id or 1, ceiling, max(one.arrived_at, START))
                else:
                    back_to = draw(st.integers(0, story.lot.seq))
                    story.do(act, at=max(one.arrived_at, START), back_to=back_to, seconds=draw(st.integers(1, 600)))
            except (ActRefused, LotRefusal, InvalidInput):
                continue
    return story


@settings(deadline=None)  # a loaded machine is no failure
@given(stories())
def test_whatever_is_done_the_record_agrees_with_itself(story: Story) -> None:
    assert story.audit() == []
    assert [entry.seq for entry in story.entries] == list(range(1, story.lot.seq + 1))


@settings(deadline=None)  # a loaded machine is no failure
@given(stories())
def test_what_a_void_may_go_back_to_is_what_stood_then(story: Story) -> None:
    stands = list_stands(story.entries, story.maxima)
    by_hand = {seq: stand if stand.user_id else Stand(seq=seq) for seq, stand in story.stands.items()}
    assert {seq: replace(stand, nickname="") for seq, stand in stands.items()} == {
        seq: replace(stand, nickname="") for seq, stand in by_hand.items()
    }


TAMPERINGS: dict[str, dict[str, Any]] = {
    "leader": {"user_id": 3},
    "price": {"price": 131},
    "target": {"back_to": 1},
    "unknown target": {"back_to": 99},
    "ceiling": {"ceiling": 150},
    "act": {"act": Act.PAUSE},
}


@pytest.mark.parametrize("kind", TAMPERINGS)
@pytest.mark.parametrize("is_resealed", [False, True])
def test_a_void_that_was_changed_is_found(kind: str, is_resealed: bool) -> None:
    story = contested()
    entry = story.do(Act.VOID, back_to=2)
    changes = TAMPERINGS[kind]
    assert entry.intervention is not None
    inner = {name: value for name, value in changes.items() if name in ("back_to", "ceiling", "act")}
    outer = {name: value for name, value in changes.items() if name not in inner}
    changed = replace(entry, intervention=replace(entry.intervention, **inner), **outer)
    story.entries[-1] = changed.sealed() if is_resealed else changed
    assert story.audit() != []


def test_a_lot_without_interventions_is_chained_as_before_there_were_any() -> None:
    bid = contested().entries[0]
    assert b"intervention" not in bid.canonical()
    assert bid.previous_hash == genesis_hash(open_lot())


# ---- on the database


async def audit(sale: Sale) -> Sequence[Finding]:
    await sale.drain()
    return (await AuditService(sale.groups, MongoAudit(sale.database), sale.clock).audit()).findings


async def test_the_same_instruction_is_done_once_whichever_processes_hear_of_it(mongo: AsyncIOMotorDatabase) -> None:
    sale = Sale(mongo)
    await sale.open()
    processes = [sale.process(f"w{number}") for number in range(3)]
    once = wanted(Act.EXTEND, seconds=60)
    entries = await asyncio.gather(*(process.desk(145).take_instruction(once) for process in processes * 3))
    assert {entry.hash for entry in entries} == {entries[0].hash}
    assert (await sale.lots.get_lot(145)).end_at == END + timedelta(minutes=1)
    assert await audit(sale) == []


async def test_an_instruction_whose_answer_was_lost_is_done_once(mongo: AsyncIOMotorDatabase) -> None:
    class Losing(MongoLots):
        losses = 1

        async def commit_lot(self, before: Lot, after: Lot) -> bool:
            done = await super().commit_lot(before, after)
            if self.losses:
                self.losses -= 1
                raise Unavailable("database")
            return done

    sale = Sale(mongo)
    await sale.open()
    process = sale.process(lots=Losing(mongo, Sequences(mongo)))
    entry = await process.desk(145).take_instruction(wanted(Act.PAUSE))
    assert entry.seq == 1 and (await sale.lots.get_lot(145)).seq == 1
    assert await audit(sale) == []


async def test_against_a_storm_of_bids_through_three_processes_nothing_is_lost_and_all_agrees(mongo: AsyncIOMotorDatabase) -> None:
    sale = Sale(mongo)
    await sale.open([open_lot(top_price=10**9)])
    processes = [sale.process(f"w{number}") for number in range(3)]
    accepted: list[tuple[int, int]] = []
    is_over = asyncio.Event()

    async def bid(user_id: int) -> None:
        for number in itertools.count():
            if is_over.is_set():
                return
            lot = await sale.lots.get_lot(145)
            one = offer(user_id, lot.minimum_offer + user_id, lot.minimum_offer + 20 * user_id, at=sale.clock.now())
            try:
                placed = await processes[(user_id + number) % 3].desk(145).take(one)
                accepted.append((placed.seq, user_id))
            except BidRefused:
                continue

    async def act() -> list[Bid]:
        done = []
        acts = [Act.PAUSE, Act.RESUME, Act.VOID, Act.EXTEND] * 5
        for number, kind in enumerate(acts):
            lot = await sale.lots.get_lot(145)
            back_to = None
            if kind is Act.VOID:
                recorded = {one.seq: one for one in (*await sale.record.list_bids(145), *lot.outbox)}
                stands = list_stands([recorded[seq] for seq in sorted(recorded)], [])
                back_to = max(seq for seq in stands if lot.stands(seq) and seq < lot.seq)
            instruction = wanted(kind, at=sale.clock.now(), back_to=back_to, seconds=30)
            try:
                done.append(await processes[number % 3].desk(145).take_instruction(instruction))
            except InvalidInput:
                pass  # a void elsewhere, or the last offer was answered meanwhile
        return done

    bidders = [asyncio.create_task(bid(user_id)) for user_id in range(1, 9)]
    done = await act()
    while len(accepted) < ENOUGH:  # on a busy machine the acts come faster than the bids
        await asyncio.sleep(0)
    is_over.set()
    await asyncio.gather(*bidders)
    await sale.drain()
    entries = {entry.seq: entry for entry in await sale.record.list_bids(145)}
    lot = await sale.lots.get_lot(145)
    assert sorted(entries) == list(range(1, lot.seq + 1))
    assert all(entries[seq].user_id == user_id and entries[seq].intervention is None for seq, user_id in accepted)
    assert all(entries[one.seq] == one for one in done) and len(done) >= 15
    assert await audit(sale) == []


async def test_who_takes_part_sees_their_highest_bid_that_stands(mongo: AsyncIOMotorDatabase) -> None:
    sale = Sale(mongo)
    await sale.open()
    desk = sale.process().desk(145)
    for one in (offer(1, 105), offer(2, 110), offer(1, 120), offer(3, 150)):
        await desk.take(one)
    await desk.take_instruction(wanted(Act.VOID, back_to=2))
    parts = ParticipationService(sale.participations, sale.lots, sale.record, sale.groups)
    for is_delivered in (False, True):
        prices = [(await parts.list_joined(user_id, GROUP_ID))[0].participation.price for user_id in (1, 2, 3)]
        assert prices == [105, 110, 0], is_delivered
        await sale.drain()
    assert await audit(sale) == []


async def test_no_home_decides_what_was_handed_over_before_an_operator_made_the_price_fall(mongo: AsyncIOMotorDatabase) -> None:
    sale = Sale(mongo)
    await sale.open()
    here, home = sale.process("here"), sale.process("home")
    await here.desk(145).take(offer(1, 105, at=sale.clock.now()))
    late = offer(2, 120, at=sale.clock.now())  # its home does not answer in time: taken back, and accepted here
    assert (await here.desk(145).take(late)).seq == 2
    await here.desk(145).take_instruction(wanted(Act.VOID, at=sale.clock.now(), back_to=1))
    answers: list[Answer] = []
    answered = asyncio.Event()

    def reply(answer: Answer) -> None:
        answers.append(answer)
        answered.set()

    home.desk(145).take_guests([Guest(Given(1, late, 0), "here", time.perf_counter(), reply)])
    await answered.wait()
    assert answers == [Answer(1, UNDECIDED)]
    assert (await sale.lots.get_lot(145)).seq == 3
    assert await audit(sale) == []

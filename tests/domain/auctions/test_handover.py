"""Offers handed over to their lot's home, on the real database and Redis: decided once, answered once, whatever becomes of the letters."""
from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase
from msgspec.structs import replace
from redis.asyncio import Redis
from tornado.ioloop import IOLoop

from realtime.broker import Broker
from server.config import Config
from server.domain.auctions.commits import GUEST_AGE, LotDesks
from server.domain.auctions.drafts import Placed
from server.domain.auctions.goods import LotStatus
from server.domain.auctions.handover import Given, Guest, Handover, Letter
from server.domain.auctions.homes import Homes
from server.domain.auctions.offers import BidRefused, BidTooLow, KeyReused, MaximumChange, NotLeading, Offer
from server.domain.auctions.record import Bid
from server.domain.clock import to_ms
from server.telemetry.tallies import Tallies
from tests.api import PATIENCE_SECONDS
from tests.domain.auctions.floors import Sale
from tests.domain.auctions.offers import END, START, offer, open_lot
from tests.domain.auctions.test_commits import GOODS, assert_is_chain, place, whole_record

pytestmark = pytest.mark.gen_test(timeout=120)

ANOTHER = GOODS + 1


class Post(Broker):
    """Over the real Redis, and may lose letters or keep them until it is told to go on."""

    is_losing = is_keeping = False

    def __init__(self, redis: Redis, prefix: str, worker: str):
        super().__init__(redis, prefix, worker, secret=b"a secret of this installation")
        self.kept: list[tuple[str, bytes]] = []

    def send_letter(self, addressee: str, letter: bytes) -> None:
        if self.is_losing:
            return
        if self.is_keeping:
            self.kept.append((addressee, letter))
        else:
            super().send_letter(addressee, letter)

    def go_on(self) -> None:
        """Sends what was kept."""
        self.is_keeping = False
        kept, self.kept = self.kept, []
        for addressee, letter in kept:
            self.send_letter(addressee, letter)


class Process:
    """Desks that hand over by a post of their own."""

    def __init__(self, sale: Sale, redis: Redis, name: str):
        self.name = name
        self.tallies = Tallies()
        self.post = Post(redis, sale.database.name, name)
        self.handover = Handover(self.post, sale.clock, worker=name, observer=self.tallies)
        self.desks: LotDesks = sale.process(name, handover=self.handover, observer=self.tallies)

    @property
    def desk_is_hot(self) -> bool:
        return self.handover.find_home(GOODS) is not None


class Pair:
    """Two processes that know each other: the lot is at home with one, the other has found that it is hot."""

    def __init__(self, sale: Sale, home: Process, guest: Process):
        self.sale = sale
        self.home = home
        self.guest = guest

    async def heat(self) -> None:
        """The guest commits what another has changed since it looked: from now on it hands over."""
        for process, price in ((self.guest, 100), (self.home, 101), (self.guest, 102)):
            await place(process.desks, offer(91, price))
        assert self.guest.tallies.commits_missed

    async def until_handed_over(self, offers: int) -> None:
        while self.guest.tallies.offers_handed_over < offers:
            await asyncio.sleep(0)


@pytest.fixture
def sale(io_loop: IOLoop, mongo: AsyncIOMotorDatabase) -> Iterator[Sale]:
    sale = Sale(mongo)
    yield sale
    io_loop.run_sync(sale.drain)


@pytest.fixture
def pair(io_loop: IOLoop, sale: Sale, config: Config) -> Iterator[Pair]:
    assert config.redis_url is not None
    redis: Redis = Redis.from_url(config.redis_url)
    homes = Homes("w0")
    homes.hear("w1")
    home = homes.find(GOODS) or "w0"
    processes = [Process(sale, redis, name) for name in (home, "w0" if home == "w1" else "w1")]
    pair = Pair(sale, *processes)

    async def open_up() -> None:
        await sale.open([open_lot(top_price=10_000_000), open_lot(id=ANOTHER, top_price=10_000_000)])
        for process in processes:
            process.post.start(lambda event: None, lambda: None, process.handover)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while pair.guest.handover.find_home(GOODS) is None or not all(one.post.is_connected for one in processes):
                await asyncio.sleep(0.01)
            await pair.heat()

    async def end() -> None:
        await asyncio.gather(*(process.handover.leave() for process in processes))
        await sale.drain()
        await asyncio.gather(*(process.post.stop() for process in processes))
        await redis.aclose()

    io_loop.run_sync(open_up)
    yield pair
    io_loop.run_sync(end)


async def assert_is_whole(pair: Pair, answers: dict[Offer, Placed | BaseException]) -> None:
    """The record is a chain, and holds once what was accepted and nothing that was refused."""
    await pair.sale.drain()
    bids = await whole_record(pair.sale)
    assert_is_chain(await pair.sale.lots.get_lot(GOODS), bids)
    made = {(bid.user_id, bid.price, bid.arrived_at): bid.seq for bid in bids if not bid.is_proxy}
    for one, answer in answers.items():
        told = answer.seq if isinstance(answer, Placed) else None
        assert made.get((one.user_id, one.price, one.arrived_at)) == told, (one, answer)
        if isinstance(answer, (Placed, BidRefused)):
            assert_statement_is_true(answer.statement, one, told, bids)


def assert_statement_is_true(statement: str, one: Offer, seq: int | None, bids: list[Bid]) -> None:
    """What a receipt would say, whichever process decided: as the record has it."""
    stated = msgspec.json.decode(statement)
    assert (stated["user_id"], stated["price"], stated["arrived_at"]) == (one.user_id, one.price, to_ms(one.arrived_at))
    assert (stated["outcome"] == "accepted") == (seq is not None)
    at = {bid.seq: bid for bid in bids}
    if stated["seq"]:
        assert stated["hash"] == at[stated["seq"]].hash
    if seq is not None:
        assert (stated["seq"], stated["previous_hash"]) == (seq, at[seq].previous_hash)
    found = at.get(stated["seq"] - (seq is not None))
    if found is not None:
        assert stated["price_before"] == found.price


async def test_offers_of_a_hot_lot_are_decided_at_its_home_and_answered_as_if_here(pair: Pair) -> None:
    offers = [
        *(offer(1, 1000), offer(2, 1010, 1100), offer(3, 1050), offer(1, 1099, key="k"), offer(3, 1100), offer(4, 20_000_000)),
        *(offer(1, 1050), offer(1, 2000, group_id=8), offer(5, 3000, at=START - timedelta(seconds=1)), offer(1, 1200)),
    ]
    answers = await place(pair.guest.desks, *offers)
    assert pair.guest.tallies.offers_handed_over == len(offers)
    assert pair.guest.tallies.offers_taken_back == 0
    on_another_lot = [replace(one, goods_id=ANOTHER, key=one.key and "another") for one in offers]
    here = await place(pair.sale.process("alone"), *on_another_lot)
    assert [_facts(one) for one in answers] == [_facts(one) for one in here]
    await assert_is_whole(pair, dict(zip(offers, answers)))
    made = [bid for bid in await whole_record(pair.sale) if bid.price >= 1000]
    assert {bid.worker for bid in made} == {pair.guest.name}  # who received them, and has their requests in its log


def _facts(answer: Placed | BaseException) -> object:
    """What a bidder is told, but for the lot's own numbers."""
    if isinstance(answer, Placed):
        one, lot = answer.participation, answer.lot
        shown = (lot.price, lot.leader_id, lot.leader_nickname, lot.step, lot.end_at, lot.status)
        return one.user_id, one.price, one.status_on(lot), shown
    assert isinstance(answer, BidRefused), answer
    return type(answer), answer.current, answer.minimum


async def test_a_key_with_another_request_is_refused_at_the_home_as_here(pair: Pair) -> None:
    answers = await place(pair.guest.desks, offer(1, 1000, key="k"), offer(1, 1001, key="k"), offer(1, 1000, key="k"))
    assert [type(answer) for answer in answers] == [Placed, KeyReused, Placed]
    assert pair.guest.tallies.offers_taken_back == 0
    for process in (pair.home, pair.guest):
        [again] = await place(process.desks, offer(1, 1000, key="k"))
        assert isinstance(again, Placed) and isinstance(answers[0], Placed) and again.seq == answers[0].seq


async def test_many_offers_travel_with_few_letters_and_make_few_commits(pair: Pair) -> None:
    before = sum(pair.home.tallies.commit_offers.counts)
    answers = await place(pair.guest.desks, *(offer(user_id, 1000 + user_id) for user_id in range(1, 101)))
    assert [answer.participation.user_id for answer in answers if isinstance(answer, Placed)] == list(range(1, 101))
    assert sum(pair.home.tallies.commit_offers.counts) - before < 10


async def test_what_arrived_first_elsewhere_is_decided_first_though_it_comes_later(pair: Pair) -> None:
    pair.guest.post.is_keeping = True
    first = asyncio.ensure_future(place(pair.guest.desks, offer(1, 1000, at=START + timedelta(seconds=1))))
    await pair.until_handed_over(1)
    desk = pair.home.desks.desk(GOODS)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not pair.guest.post.kept:
            await asyncio.sleep(0)
    letters = [letter for _, letter in pair.guest.post.kept]
    pair.guest.post.kept.clear()
    second = asyncio.ensure_future(desk.take(offer(2, 1000, at=START + timedelta(seconds=2))))
    await asyncio.sleep(0)  # it waits in the queue; its turn comes with the next round
    for letter in letters:
        pair.home.handover.receive(letter)
    pair.guest.post.is_keeping = False
    [placed] = await first
    assert isinstance(placed, Placed)
    with pytest.raises(BidTooLow):
        await second


@pytest.mark.parametrize("key", [None, "k"])
async def test_a_home_that_does_not_answer_loses_the_offer_to_who_received_it(pair: Pair, key: str | None) -> None:
    pair.guest.post.is_losing = True
    offers = [offer(1, 1000, key=key), offer(2, 1001), offer(3, 1001), offer(4, 1002)]
    answers = await place(pair.guest.desks, *offers)
    assert [isinstance(answer, Placed) for answer in answers] == [True, True, False, True]
    assert pair.guest.tallies.offers_taken_back == 4
    await assert_is_whole(pair, dict(zip(offers, answers)))


@pytest.mark.parametrize("key", [None, "k"])
@pytest.mark.parametrize("is_recorded", [True, False])
async def test_a_bid_whose_answer_was_lost_is_found_and_not_made_again(pair: Pair, key: str | None, is_recorded: bool) -> None:
    pair.home.post.is_losing = True
    offers = [offer(1, 1000, 1005, key=key), offer(2, 1003)]
    placing = asyncio.ensure_future(place(pair.guest.desks, *offers))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await pair.sale.lots.get_lot(GOODS)).price < 1004:
            await asyncio.sleep(0)
    if is_recorded:
        await pair.home.desks.desk(GOODS).drain()
        await place(pair.home.desks, offer(9, 2000))
        await pair.home.desks.desk(GOODS).drain()
    answers = await placing
    assert pair.guest.tallies.offers_taken_back == 2
    first, second = answers
    assert isinstance(first, Placed) and isinstance(second, Placed)
    assert (first.participation.price, first.lot.price, first.lot.leader_id) == (1000, 1000, 1)
    assert (second.participation.price, second.lot.price, second.lot.leader_id) == (1003, 1004, 1)
    await assert_is_whole(pair, dict(zip(offers, answers)))


@pytest.mark.parametrize("key", [None, "k"])
async def test_a_letter_that_comes_after_the_offer_was_decided_changes_nothing(pair: Pair, key: str | None) -> None:
    pair.guest.post.is_keeping = True
    offers = [offer(1, 1000, key=key), offer(2, 1000), offer(3, 1500, 1600)]
    answers = await place(pair.guest.desks, *offers)
    seq = (await pair.sale.lots.get_lot(GOODS)).seq
    pair.guest.post.go_on()
    [probe] = await place(pair.home.desks, offer(9, 1700))
    assert isinstance(probe, Placed)
    await pair.sale.drain()
    assert (await pair.sale.lots.get_lot(GOODS)).seq == seq + 1
    await assert_is_whole(pair, dict(zip(offers, answers)))


async def test_an_offer_that_was_taken_back_long_ago_is_not_taken_up_by_its_home(pair: Pair) -> None:
    pair.guest.post.is_keeping = True
    placing = asyncio.ensure_future(place(pair.guest.desks, offer(1, 1000)))
    await pair.until_handed_over(1)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not pair.guest.post.kept:
            await asyncio.sleep(0)
    [(_, letter)] = pair.guest.post.kept
    commits = sum(pair.home.tallies.commit_offers.counts)
    pair.sale.clock.jump(GUEST_AGE + timedelta(seconds=1))
    pair.home.handover.receive(letter)
    [placed] = await placing
    assert isinstance(placed, Placed)
    await pair.sale.drain()
    assert (sum(pair.home.tallies.commit_offers.counts), pair.guest.tallies.offers_taken_back) == (commits, 1)


async def test_a_home_that_is_gone_costs_no_waiting(pair: Pair) -> None:
    await pair.home.post.stop()
    # Nobody reads its letters any more, and whoever sends one is told so.
    # No time passes for what was handed over.
    pair.guest.handover._tick = lambda: None  # type: ignore[method-assign]
    pair.guest.handover.beat = lambda: None  # type: ignore[method-assign]
    [placed] = await place(pair.guest.desks, offer(1, 1000))
    assert isinstance(placed, Placed)
    assert not pair.guest.desk_is_hot
    assert pair.guest.tallies.offers_taken_back == 1


async def test_without_redis_every_offer_is_decided_where_it_came_in(pair: Pair) -> None:
    await pair.home.post.stop()
    pair.guest.post._redis = Redis(port=1)
    for price in (1000, 1001, 1002):
        [placed] = await place(pair.guest.desks, offer(1, price))
        assert isinstance(placed, Placed)
    assert not pair.guest.desk_is_hot


async def test_processes_that_believe_in_different_homes_make_one_record(pair: Pair) -> None:
    pair.home.handover.homes.find = lambda goods_id: pair.guest.name  # type: ignore[method-assign]
    pair.home.desks.desk(GOODS)._hot_until = float("inf")
    prices = itertools.count(1000)
    answers: dict[Offer, Placed | BaseException] = {}

    async def bid_on(process: Process, user_id: int) -> None:
        for _ in range(10):
            one = offer(user_id, next(prices))
            [answers[one]] = await place(process.desks, one)

    await asyncio.gather(*(bid_on(process, user_id) for process in (pair.home, pair.guest) for user_id in range(1, 6)))
    assert pair.home.tallies.offers_handed_over > 0 and pair.guest.tallies.offers_handed_over > 0
    assert all(isinstance(answer, (Placed, BidTooLow)) for answer in answers.values())


async def test_an_offer_after_the_end_that_is_known_stays_where_it_came_in(pair: Pair) -> None:
    offers = [offer(1, 1000), offer(2, 1001, at=END), offer(3, 1002, at=END - timedelta(seconds=1)), offer(2, 1003, at=END)]
    answers = [(await place(pair.guest.desks, one))[0] for one in offers]
    assert [isinstance(answer, Placed) for answer in answers] == [True, False, True, True]  # soft close has moved the end
    assert pair.guest.tallies.offers_handed_over == 2
    await assert_is_whole(pair, dict(zip(offers, answers)))


async def test_a_leaders_maximum_comes_after_the_bid_that_was_sent_before_it(pair: Pair) -> None:
    change = MaximumChange(goods_id=GOODS, group_id=7, user_id=1, max_price=1500, arrived_at=START)
    desk = pair.guest.desks.desk(GOODS)
    first = asyncio.ensure_future(desk.take(offer(1, 1000)))
    await pair.until_handed_over(1)
    placed, entry, [challenge] = await asyncio.gather(first, desk.take_change(change), place(pair.guest.desks, offer(2, 1400)))
    assert isinstance(challenge, Placed)
    assert placed.seq + 1 == challenge.seq and entry.after_seq == placed.seq
    assert challenge.lot.leader_id == 1
    with pytest.raises(NotLeading):
        await desk.take_change(msgspec.structs.replace(change, user_id=2))


async def test_a_lot_is_closed_after_what_is_away_is_back(pair: Pair) -> None:
    pair.guest.post.is_losing = True
    placing = asyncio.ensure_future(place(pair.guest.desks, offer(1, 1000, at=END - timedelta(seconds=2))))
    await pair.until_handed_over(1)
    pair.sale.clock.jump(END - START + timedelta(seconds=120))
    pair.guest.desks.desk(GOODS).close()
    [placed] = await placing
    assert isinstance(placed, Placed)
    await pair.sale.drain()
    lot = await pair.sale.lots.get_lot(GOODS)
    assert (lot.status, lot.leader_id) == (LotStatus.WON, 1)


@pytest.mark.parametrize(("told", "since"), [(0, 240), (250, 250)])
async def test_a_home_that_has_just_begun_claims_keys_as_of_what_is_known(sale: Sale, told: int, since: int) -> None:
    # Else whoever repeats the key looks through the whole record.
    await sale.open()
    desk = sale.process("w1", find_told_seq=lambda goods_id: told).desk(GOODS)
    answered = asyncio.Event()
    desk.take_guests([Guest(Given(1, offer(1, 100, key="k"), 240), "w0", time.perf_counter(), lambda answer: answered.set())])
    await answered.wait()
    assert [claim.after_seq for claim in (await sale.keys.find_claims([(1, "k")])).values()] == [since]


async def test_a_letter_that_is_not_signed_is_no_bid(pair: Pair) -> None:
    stranger = Broker(pair.guest.post._redis, pair.sale.database.name, "stranger", secret=b"a guess")
    stranger.start(lambda event: None, lambda: None)
    pair.guest.post.is_keeping = True
    placing = asyncio.ensure_future(place(pair.guest.desks, offer(1, 1000)))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not pair.guest.post.kept:
            await asyncio.sleep(0)
    [(addressee, letter)] = pair.guest.post.kept
    forged = msgspec.msgpack.decode(letter, type=Letter)
    assert forged.given[0].offer.price == 1000
    stranger.send_letter(addressee, letter)
    await stranger.stop()
    await placing
    bids = await whole_record(pair.sale)
    assert [bid.worker for bid in bids if bid.price == 1000] == [pair.guest.name]
    assert pair.guest.tallies.offers_taken_back == 1


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_becomes_of_letters_each_offer_has_one_answer_and_it_is_true(pair: Pair, seed: int) -> None:
    chance = random.Random(seed)
    answers: dict[Offer, Placed | BaseException] = {}
    moments = (START + timedelta(seconds=1 + number / 100) for number in itertools.count())
    price = 1000

    async def place_some(process: Process, some: list[Offer]) -> None:
        answers.update(zip(some, await place(process.desks, *some)))

    for _ in range(8):
        for process in (pair.home, pair.guest):
            process.post.is_losing, process.post.is_keeping = chance.choice(((False, False), (True, False), (False, True)))
        batches: dict[Process, list[Offer]] = {pair.home: [], pair.guest: []}
        for _ in range(chance.randrange(1, 9)):
            price += chance.randrange(-2, 6)
            maximum = price + chance.randrange(20) if chance.random() < 0.3 else None
            key = str(len(answers) + sum(map(len, batches.values()))) if chance.random() < 0.5 else None
            one = offer(chance.randrange(1, 5), price, maximum, at=next(moments), key=key)
            batches[chance.choice((pair.home, pair.guest))].append(one)
        await asyncio.gather(*(place_some(process, some) for process, some in batches.items()))
        for process in (pair.home, pair.guest):
            process.post.is_losing = False
            process.post.go_on()
    assert pair.guest.tallies.offers_taken_back > 0
    await assert_is_whole(pair, answers)

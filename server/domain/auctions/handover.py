"""Handing over: offers of a hot lot go to the process where it is at home, many with one letter, and their answers come back.

Whoever hands an offer over keeps it. What is not answered in time, or whose home is gone, is taken back and decided on the spot;
from then on no answer to it from elsewhere counts. That the home may have committed it all the same does no harm: a price
stands once in a lot's record, so that it cannot be accepted twice, and who takes it back looks for its bid first. Nor can a home
still accept what was refused here: prices only rise, a settled lot stays so, and an offer is handed over only when it arrived
before an end of the lot that was known, which never comes nearer. Where an operator has made a price fall, an end come nearer or
a pause end, no home decides an offer of others until all are too old that may have been handed over before.
"""
from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from server.domain.auctions.drafts import Placed, Waiting
from server.domain.auctions.goods import Lot, LotState
from server.domain.auctions.homes import Homes
from server.domain.auctions.offers import (
    AboveTopPrice,
    BelowLowPrice,
    BidObserver,
    BidRefused,
    BidTooLow,
    DepositNeeded,
    Ended,
    GroupMismatch,
    KeyReused,
    LeadLimitReached,
    LotClosed,
    LotPaused,
    LotWithdrawn,
    NotApproved,
    NotStarted,
    Offer,
    Unobserved,
)
from server.domain.auctions.participations import Participation
from server.domain.auctions.record import Bid, MaximumSet
from server.domain.clock import Clock

log = logging.getLogger(__name__)

TICK_SECONDS = 0.05
ANSWER_TICKS = 12  # then an offer is taken back: early enough to be decided before the lot is settled
MOST_IN_A_LETTER = 256

REFUSALS: dict[str, type[BidRefused]] = {
    kind.__name__: kind
    for kind in (
        *(GroupMismatch, NotStarted, LotWithdrawn, LotPaused, Ended, LotClosed, BelowLowPrice, BidTooLow, AboveTopPrice),
        *(NotApproved, DepositNeeded, LeadLimitReached),
    )
}
KEY_REUSED = "KeyReused"
UNDECIDED = "undecided"  # the home could not tell: decided on the spot


class Given(Struct, frozen=True, array_like=True):
    """An offer; `number` is its sender's own. A bid that it makes comes after `after_seq`."""

    number: int
    offer: Offer
    after_seq: int


class Answer(Struct, frozen=True, array_like=True):
    """What became of an offer: accepted, with the lot right after it, or refused by the rules, and the lot then, or for its key.

    `statement`: what its receipt is to say.
    """

    number: int
    refusal: str | None
    state: LotState | None = None
    participation: Participation | None = None
    seq: int = 0
    statement: str = ""


class Letter(Struct, frozen=True, array_like=True):
    """What one process hands over to another, or answers it."""

    sender: str
    addressee: str
    given: tuple[Given, ...] = ()
    answers: tuple[Answer, ...] = ()


class Post(Protocol):
    """Carries letters: each at most once, in order from each process, and behind the news that were told before it."""

    def send_letter(self, addressee: str, letter: bytes) -> None:
        """Never waits and never fails: what does not get there is taken back."""

    def say_goodbye(self) -> None:
        """Tells the others that this process takes nothing more."""


class Desk(Protocol):
    """Where one lot is changed in this process."""

    def take_guests(self, guests: list[Guest]) -> None:
        """Offers that others have handed over, in their order: they are decided here."""

    def came_back(self, waiting: Waiting, answer: Answer) -> bool:
        """Answers an offer that was handed over; False if this answer does not decide it."""

    def take_back(self, waiting: list[Waiting]) -> None:
        """Offers that were handed over, in order: they are decided here after all."""


class Guest(Waiting):
    """An offer that another process has handed over, and waits for."""

    __slots__ = ("_given", "_reply")

    def __init__(self, given: Given, origin: str, started: float, reply: Callable[[Answer], None]):
        self.offer = given.offer
        self.after_seq = given.after_seq
        self.claim = None
        self.is_repeat = self.is_back = False
        self.passage = None
        self.origin = origin
        self.started = started
        self._given = given
        self._reply = reply

    def accept(self, answer: Placed | MaximumSet | Bid) -> None:
        assert isinstance(answer, Placed)
        self._reply(Answer(self._given.number, None, answer.lot.state, answer.participation, answer.seq, answer.statement))

    def refuse(self, error: Exception) -> None:
        if isinstance(error, BidRefused) and REFUSALS.get(type(error).__name__) is type(error):
            self._reply(Answer(self._given.number, type(error).__name__, error.lot.state, statement=error.statement))
        elif isinstance(error, KeyReused):
            self._reply(Answer(self._given.number, KEY_REUSED))
        else:
            self._reply(Answer(self._given.number, UNDECIDED))


class _Away(Struct):
    """An offer that was handed over, and since which tick."""

    home: str
    desk: Desk
    waiting: Waiting
    since: int


class Handover:
    """Hands offers over and takes them back; decides by its desks what others hand over to this process."""

    def __init__(self, post: Post, clock: Clock, *, worker: str, observer: BidObserver = Unobserved()):
        self.homes = Homes(worker)
        self._post = post
        self._clock = clock
        self._worker = worker
        self._observer = observer
        self._find_desk: Callable[[int], Desk] | None = None
        self._number = 0
        self._away: dict[int, _Away] = {}
        self._given: defaultdict[str, list[Given]] = defaultdict(list)  # not yet in a letter
        self._answers: defaultdict[str, list[Answer]] = defaultdict(list)
        self._flushing: asyncio.Handle | None = None
        self._ticks = 0  # counted only while somebody waits, and not while this process stands still
        self._ticking: asyncio.TimerHandle | None = None
        self._is_leaving = False
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(Letter).decode

    def open(self, find_desk: Callable[[int], Desk]) -> None:
        """From now on these desks decide what others hand over."""
        self._find_desk = find_desk

    # Offers of this process

    def find_home(self, goods_id: int) -> str | None:
        """Who decides that lot's offers; None if this process does."""
        return None if self._is_leaving else self.homes.find(goods_id)

    def give(self, home: str, desk: Desk, batch: Sequence[Waiting]) -> None:
        """Hands these over, in order; each comes back to the desk, answered or not."""
        for waiting in batch:
            assert isinstance(waiting.offer, Offer)
            self._number += 1
            self._away[self._number] = _Away(home, desk, waiting, self._ticks)
            self._given[home].append(Given(self._number, waiting.offer, waiting.after_seq))
        self._observer.handed_over(len(batch))
        self._schedule()
        if self._ticking is None:
            self._ticking = asyncio.get_running_loop().call_later(TICK_SECONDS, self._tick)

    async def leave(self) -> None:
        """Takes nothing more, hands nothing over any more, and waits until all that was is back."""
        self._is_leaving = True
        self._post.say_goodbye()
        while self._away:
            await asyncio.sleep(TICK_SECONDS)

    def _tick(self) -> None:
        self._ticks += 1
        late = {one.home for one in self._away.values() if self._ticks - one.since > ANSWER_TICKS}
        for home in late:
            log.warning("%s does not answer in time; its lots are decided here for a while", home)
            self.homes.avoid(home)
            self._take_back(home)
        loop = asyncio.get_running_loop()
        self._ticking = loop.call_later(TICK_SECONDS, self._tick) if self._away else None

    def _take_back(self, home: str) -> None:
        self._given.pop(home, None)
        back: defaultdict[Desk, list[Waiting]] = defaultdict(list)
        for number in [number for number, one in self._away.items() if one.home == home]:
            one = self._away.pop(number)
            back[one.desk].append(one.waiting)
        for desk, waiting in back.items():
            self._observer.taken_back(len(waiting))
            desk.take_back(waiting)

    # What the post brings

    def hear(self, worker: str) -> None:
        """A sign of life of another process."""
        self.homes.hear(worker)

    def beat(self) -> None:
        """This process gave its own: who was not heard of for some of them is gone."""
        for gone in self.homes.beat():
            self._take_back(gone)

    def part(self, worker: str) -> None:
        """That process takes nothing more; it still answers what it has."""
        self.homes.leave(worker)

    def miss(self, addressee: str) -> None:
        """A letter reached nobody."""
        self.homes.leave(addressee)
        self._take_back(addressee)

    def lose(self) -> None:
        """Letters may have been lost, to anybody."""
        self.homes.forget()
        for home in {one.home for one in self._away.values()}:
            self._take_back(home)

    def receive(self, content: bytes) -> None:
        """A letter. Raises msgspec.DecodeError for one of another version."""
        letter = self._decode(content)
        if letter.addressee != self._worker:
            return
        for answer in letter.answers:
            self._take_answer(letter.sender, answer)
        self._take_given(letter)

    def _take_answer(self, sender: str, answer: Answer) -> None:
        away = self._away.pop(answer.number, None)
        if away is None:
            return  # taken back meanwhile
        if not away.desk.came_back(away.waiting, answer):
            self.homes.avoid(sender)
            self._observer.taken_back(1)
            away.desk.take_back([away.waiting])

    def _take_given(self, letter: Letter) -> None:
        if not letter.given or self._find_desk is None:
            return
        now, read_at = self._clock.now(), time.perf_counter()

        def reply(answer: Answer) -> None:
            self._answers[letter.sender].append(answer)
            self._schedule()

        guests: defaultdict[int, list[Guest]] = defaultdict(list)
        for given in letter.given:
            on_the_way = max(0.0, (now - given.offer.arrived_at).total_seconds())
            guests[given.offer.goods_id].append(Guest(given, letter.sender, read_at - on_the_way, reply))
        for goods_id, some in guests.items():
            self._find_desk(goods_id).take_guests(some)

    # Letters

    def _schedule(self) -> None:
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._flushing = None
        given, self._given = self._given, defaultdict(list)
        answers, self._answers = self._answers, defaultdict(list)
        for addressee in given.keys() | answers.keys():
            asked, told = given.get(addressee, []), answers.get(addressee, [])
            for start in range(0, max(len(asked), len(told)), MOST_IN_A_LETTER):
                part = slice(start, start + MOST_IN_A_LETTER)
                letter = Letter(self._worker, addressee, tuple(asked[part]), tuple(told[part]))
                self._post.send_letter(addressee, self._encode(letter))


def placed_of(answer: Answer, lot: Lot) -> Placed | BidRefused | KeyReused | None:
    """What an answer says, of a lot as it was read before; None if it does not decide the offer."""
    if answer.refusal == KEY_REUSED:
        return KeyReused()
    if answer.state is None or not answer.statement:
        return None
    then = _as_of(lot, answer.state)
    if answer.refusal is not None:
        kind = REFUSALS.get(answer.refusal)
        if kind is None:
            return None
        refusal = kind(then)
        refusal.statement = answer.statement
        return refusal
    return None if answer.participation is None else Placed(answer.participation, then, answer.seq, answer.statement)


def _as_of(lot: Lot, state: LotState) -> Lot:
    """The lot in that state, as far as everyone may know of it."""
    return replace(
        lot,
        revision=state.revision,
        seq=state.seq,
        price=state.price if state.user_id is not None else 0,
        leader_id=state.user_id,
        leader_nickname=state.nickname,
        status=state.status,
        end_at=state.end_at,
        changed_at=state.changed_at,
        changed_era=state.changed_era,
        outbox=(),
        maxima=(),
    )

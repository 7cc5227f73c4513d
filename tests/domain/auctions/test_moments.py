"""Moments of changes go back on no machine, and what is settled stays so."""
from __future__ import annotations

from datetime import datetime, timedelta

from server.domain.auctions.live import Notice, RecentNotices
from server.domain.auctions.moments import SETTLED_AFTER, Moments, Recent
from server.domain.auctions.outages import Signs
from server.domain.clock import EPOCH
from tests.clock import NOON, HandClock

SETTLED_SECONDS = SETTLED_AFTER.total_seconds()


class Machine:
    """A machine whose wall clock jumps, and whose other clock does not."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.running = 0.0
        self.moments = Moments(self.clock, lambda: self.running)

    def look(self, alive_at: datetime | None = None, *, before: datetime | None = None, era: int = 0) -> None:
        now = self.clock.now()
        signs = Signs(before or now, max(now, alive_at or now), era)
        self.moments.read(signs)
        self.moments.settle(signs)

    def go_on(self, seconds: float) -> None:
        self.running += seconds
        self.clock.advance(seconds=seconds)


def test_nothing_is_stamped_earlier_than_a_sign_of_life_of_any_machine() -> None:
    machine = Machine()
    machine.look(NOON + timedelta(minutes=5))
    assert machine.moments.now() == NOON + timedelta(minutes=5)
    machine.go_on(600)
    assert machine.moments.now() == NOON + timedelta(minutes=10)


def test_a_moment_settles_when_everyone_has_had_the_time_to_see_it_however_the_clock_jumps() -> None:
    machine = Machine()
    machine.look()
    first = machine.moments.settled_at
    assert first == NOON - SETTLED_AFTER
    machine.clock.advance(hours=1)
    machine.look()
    machine.go_on(SETTLED_SECONDS - 1)
    machine.look()
    assert machine.moments.settled_at == first
    machine.go_on(2)
    machine.look()
    assert machine.moments.settled_at == NOON + timedelta(hours=1)


def test_what_was_settled_stays_settled_while_the_clock_is_set_back() -> None:
    machine = Machine()
    machine.look()
    machine.go_on(60)
    machine.look()
    machine.go_on(60)
    machine.look()
    settled = machine.moments.settled_at
    machine.clock.advance(hours=-1)
    for _ in range(20):
        machine.go_on(1)
        machine.look(NOON + timedelta(minutes=2))
        assert machine.moments.settled_at >= settled < machine.moments.now()


def test_in_a_new_era_nothing_is_settled_until_everyone_has_had_the_time_to_hear_of_it() -> None:
    machine = Machine()
    machine.look()
    machine.clock.advance(hours=-1)
    began_at = machine.clock.now()
    machine.look(era=1)
    assert machine.moments.stamp() == (began_at, 1)
    assert not machine.moments.stand.has_settled(began_at - timedelta(days=1), era=0)
    machine.go_on(SETTLED_SECONDS - 1)
    machine.look(era=1)
    assert machine.moments.stand.is_new
    machine.go_on(2)
    machine.look(era=1)
    assert machine.moments.settled_at == began_at
    assert [machine.moments.stand.has_settled(began_at, era) for era in (0, 1, 2)] == [True, True, False]


def test_a_look_that_hears_of_a_new_era_asks_for_everything() -> None:
    moments = Machine().moments
    signs = Signs(NOON, NOON)
    moments.read(signs)
    moments.settle(signs)
    assert moments.read(signs) == NOON - SETTLED_AFTER
    assert moments.read(Signs(NOON, NOON, era=1)) == EPOCH


def test_a_process_that_starts_trusts_the_moments_before_its_own() -> None:
    machine = Machine()
    machine.look(before=NOON - timedelta(minutes=3))
    assert machine.moments.settled_at == NOON - timedelta(minutes=3) - SETTLED_AFTER


def test_what_happened_lately_is_forgotten_when_the_database_shows_it() -> None:
    running = 0.0
    recent: Recent[tuple[int, Notice]] = Recent(lambda: running)
    notices = RecentNotices(recent)
    for number in range(100):
        running = float(number)
        notices.add(1, Notice.ended(number, 1, 1, 100, NOON, is_won=False))
    kept = [notice.goods_id for notice in notices.list_notices(1)]
    assert kept == [*range(99 - int(SETTLED_SECONDS), 100)]
    assert len(recent) == len(kept)

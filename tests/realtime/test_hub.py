"""The hub by plain calls: when it sends, to whom what, and what a frame's cursor says."""
from __future__ import annotations

import asyncio
import itertools
import random
import statistics
import time
from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest
from msgspec.structs import replace
from tornado.ioloop import IOLoop

from realtime import hub as hub_module
from realtime.channels import Channel
from realtime.hub import LAGGING_BYTES, MOST_SHARE, TICK_SECONDS
from realtime.protocol import Message
from realtime.session import Session
from server.bootstrap import Application
from server.domain.auctions.cursors import Cursor
from server.domain.auctions.goods import Lot
from server.domain.events import LotChanged
from tests.builders import Goods, make_goods, make_group
from tests.clock import HandClock


class SlowWire:
    """Takes everything, and so much of the processor for each frame."""

    kind = "websocket"
    answers_pings = True
    ping_seconds = 20.0
    is_closed = False

    def __init__(self, seconds: float):
        self._seconds = seconds
        self.taken_at: list[float] = []
        self.offer: Callable[[bytes], int] = self._take

    @property
    def pending_bytes(self) -> int:
        return 0

    def _take(self, frame: bytes) -> int:
        self.taken_at.append(time.perf_counter())
        while time.perf_counter() < self.taken_at[-1] + self._seconds:
            pass
        return len(frame)

    def send(self, message: Message) -> None: ...

    def finish(self, rest: bytes) -> None: ...

    def ping(self) -> None: ...

    def close(self, code: int, reason: str = "") -> None: ...

    def abort(self) -> None: ...


LOOP_STEP_SECONDS = 0.001  # the loop counts whole milliseconds


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.03])
async def test_the_tick_widens_with_what_frames_cost(application: Application, seconds: float) -> None:
    lot = await make_goods(application)
    await application.auctions.looks.look()
    hub, floor = application.live.hub, application.ground.floor
    wire = SlowWire(seconds)
    session = Session(wire, "127.0.0.1", "zh", 0.0)
    hub.add(session)
    hub.subscribe(session, Channel(f"group:{lot.group_id}", "group", lot.group_id))
    known = floor.find_lot(lot.id)
    assert known is not None
    state = known.state
    for seq in itertools.count(1):
        if len(wire.taken_at) == 10:
            break
        state = replace(state, revision=state.revision + 1, seq=seq)
        floor.take(LotChanged(state=state))
        await asyncio.sleep(0)
    hub.remove(session)
    pauses = [later - earlier for earlier, later in itertools.pairwise(wire.taken_at)]
    # Between two frames there is room for twice as much of anything else; one that another program holds up comes nearer to the next.
    assert statistics.median(pauses) >= max(TICK_SECONDS, seconds / MOST_SHARE) - LOOP_STEP_SECONDS


class NotedWire(SlowWire):
    """Notes what of a lot it is told: the numbers of its bids, in the order of their coming. Takes nothing while it `lags`."""

    def __init__(self, turns: Callable[[], int] = lambda: 0):
        super().__init__(0.0)
        self.told: list[int] = []
        self.taken_in: list[int] = []  # turns of the loop
        self.lags = False
        self._turns = turns
        self.offer = self._note

    @property
    def pending_bytes(self) -> int:
        return LAGGING_BYTES + 1 if self.lags else 0

    def _note(self, frame: bytes) -> int:
        if self.lags:
            return 0
        self._read(frame)
        return len(frame)

    def send(self, message: Message) -> None:
        self._read(message.frame)

    def _read(self, frame: bytes) -> None:
        self.taken_in.append(self._turns())
        told = msgspec.json.decode(frame[frame.index(b"{") :])
        self.told += [event["seq"] for event in told["push"] if event["type"] == "price"]


class Crowd:
    """Listeners of the group of one lot, whose price moves."""

    def __init__(self, application: Application, lot: Lot):
        self.hub, self._floor = application.live.hub, application.ground.floor
        self.channel = Channel(f"group:{lot.group_id}", "group", lot.group_id)
        known = self._floor.find_lot(lot.id)
        assert known is not None
        self._known = known

    @property
    def seq(self) -> int:
        return self._known.state.seq

    def join(self, wire: NotedWire) -> Session:
        session = Session(wire, "127.0.0.1", "zh", 0.0)
        self.hub.add(session)
        self.listen(session, wire)
        return session

    def listen(self, session: Session, wire: NotedWire) -> None:
        """As a subscription does, it is told how the lot stands."""
        self.hub.subscribe(session, self.channel)
        wire.told.append(self.seq)

    def move(self) -> None:
        state = self._known.state
        self._known.told_seq = state.seq + 1
        self._floor.take(LotChanged(state=replace(state, revision=state.revision + 1, seq=state.seq + 1)))


@pytest.fixture
def crowd(io_loop: IOLoop, application: Application, monkeypatch: pytest.MonkeyPatch) -> Crowd:
    """Of which one listener at a time is sent a frame."""
    monkeypatch.setattr(hub_module, "SLICE_SECONDS", 0.0)
    monkeypatch.setattr(hub_module, "LOOK_AT_CLOCK_EVERY", 1)
    monkeypatch.setattr(hub_module, "TICK_SECONDS", 0.0)

    async def gather() -> Crowd:
        lot = await make_goods(application)
        await application.auctions.looks.look()
        return Crowd(application, lot)

    return io_loop.run_sync(gather)


async def test_between_the_frames_of_many_listeners_everybody_else_has_a_turn(crowd: Crowd) -> None:
    turns = 0
    wires = [NotedWire(lambda: turns) for _ in range(20)]
    for wire in wires:
        crowd.join(wire)
    crowd.move()
    while any(wire.told[-1] < crowd.seq for wire in wires):
        turns += 1
        await asyncio.sleep(0)
    assert len({turn for wire in wires for turn in wire.taken_in}) >= 10
    assert {tuple(wire.told) for wire in wires} == {(crowd.seq - 1, crowd.seq)}


async def test_a_flush_on_the_way_out_reaches_the_last_listener(crowd: Crowd) -> None:
    wires = [NotedWire() for _ in range(20)]
    for wire in wires:
        crowd.join(wire)
    crowd.move()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    crowd.move()
    assert any(wire.told[-1] < crowd.seq - 1 for wire in wires)  # half of them have the first
    crowd.hub.flush()
    assert {tuple(wire.told) for wire in wires} == {(crowd.seq - 2, crowd.seq - 1, crowd.seq)}


@pytest.mark.parametrize("seed", range(8))
async def test_whoever_comes_goes_or_lags_between_frames_is_told_nothing_older_and_in_the_end_the_truth(crowd: Crowd, seed: int) -> None:
    chance = random.Random(seed)
    wires: dict[Session, NotedWire] = {}
    for _ in range(12):
        wire = NotedWire()
        wires[crowd.join(wire)] = wire
    for _ in range(300):
        session, wire = chance.choice([*wires.items()])
        deed = chance.randrange(6)
        if deed == 0:
            crowd.move()
        elif deed == 1:
            wire.lags = True
        elif deed == 2:
            wire.lags = False
            crowd.hub.catch_up(session)
        elif deed == 3 and crowd.channel.name in session.channels:
            crowd.hub.unsubscribe(session, crowd.channel)
            if chance.random() < 0.7:
                crowd.listen(session, wire)
        elif deed == 4 and crowd.channel.name not in session.channels:
            crowd.listen(session, wire)
        else:
            await asyncio.sleep(0)
    for session, wire in wires.items():
        wire.lags = False
        crowd.hub.catch_up(session)
    crowd.move()
    crowd.hub.flush()
    for session, wire in wires.items():
        assert wire.told == sorted(wire.told)
        assert wire.told[-1] == crowd.seq or crowd.channel.name not in session.channels


async def test_a_frames_cursor_marks_what_changed_lately_and_looks_at_nothing_else(application: Application, clock: HandClock) -> None:
    group_id = (await make_group(application, Goods(), Goods(), Goods())).id
    looks, live, floor = application.auctions.looks, application.services.auctions.live, application.ground.floor
    await looks.look()
    group = floor.find_group(group_id)
    assert group is not None and len(group.lots) == 3
    changing = [*group.lots.values()][1]
    stand = live.stand

    def marks() -> dict[int | str, int]:
        cursor = Cursor.decode(live.group_cursor(group_id), f"group:{group_id}", live.stand)
        assert cursor is not None
        return cursor.marks

    settled = clock.now() + timedelta(seconds=1)
    assert group.list_changed_after(settled, stand.era) == []
    changed_at = clock.now() + timedelta(seconds=2)
    floor.take(LotChanged(state=replace(changing.state, revision=9, changed_at=changed_at)))
    assert [state.goods_id for state in group.list_changed_after(settled, stand.era)] == [changing.lot.id]
    first = [*group.lots][0]
    assert [state.goods_id for state in group.list_changed_after(settled, stand.era, also=[first, 9, "w"])] == [first, changing.lot.id]
    # Who knows less, or only an earlier era, is told more.
    assert len(group.list_changed_after(settled - timedelta(days=1), stand.era)) == 3
    assert len(group.list_changed_after(settled, stand.era - 1)) == 3
    assert marks().get(changing.lot.id) == 9

"""The hub by plain calls: when it sends, and what a frame's cursor says."""
from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from realtime.channels import Channel
from realtime.hub import MOST_SHARE, TICK_SECONDS
from realtime.protocol import Message
from realtime.session import Session
from server.bootstrap import Application
from server.domain.auctions.cursors import Cursor
from server.domain.events import LotChanged
from tests.builders import Goods, make_goods, make_group
from tests.clock import HandClock


class SlowWire:
    """Takes everything, and so much of the processor for each frame."""

    kind = "websocket"
    answers_pings = True
    ping_seconds = 20.0
    pending_bytes = 0
    is_closed = False

    def __init__(self, seconds: float):
        self._seconds = seconds
        self.taken_at: list[float] = []
        self.offer: Callable[[bytes], int] = self._take

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
        if len(wire.taken_at) == 4:
            break
        state = replace(state, revision=state.revision + 1, seq=seq)
        floor.take(LotChanged(state=state))
        await asyncio.sleep(0)
    hub.remove(session)
    pauses = [later - earlier for earlier, later in itertools.pairwise(wire.taken_at)]
    # Between two frames there is room for twice as much of anything else.
    assert min(pauses) >= max(TICK_SECONDS, seconds / MOST_SHARE) * 0.9


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

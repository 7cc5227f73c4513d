"""Fan-out: one changed price to all watchers of a group, against a bare loop of sends and Tornado's write_message.

    python -m bench.fanout [--watchers 100,1000,5000] [--rounds 60]

Closed loop: the next change is sent when every watcher has the last one. All three ways run in turn in the same process,
over the same sockets, with the same bytes; the ratios are taken turn by turn and their median is shown.
"""
from __future__ import annotations

import argparse
import asyncio
import logging
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import uvloop
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from bench.watchers import Watchers
from realtime.protocol import Message
from realtime.session import take_nothing
from realtime.socket import LiveSocket, SocketWire
from server.app import make_tornado_application
from server.bootstrap import Application
from server.config import Config
from server.domain.auctions.chain import new_lot
from server.domain.auctions.goods import Terms
from server.domain.auctions.groups import Group
from server.domain.events import LotChanged
from server.process.embedded import EmbeddedServices
from server.process.open_files import raise_limit_of_open_files
from server.web.in_flight import InFlight

GROUP = 1
WARM_UP_ROUNDS = 5
SETTLE_PASSES = 5  # of the event loop, so that what a way leaves behind is counted as its own
LOTS = 34  # as in the document's own group
FIRST_SEQ = 10**6  # all that follow have as many digits, so that every frame has the same length


class Bench:
    """A real application with one group, and a price that changes on demand."""

    def __init__(self, application: Application):
        self.application = application

    async def open_group(self) -> None:
        # Long ago: what changed a moment ago makes cursors longer.
        now = self.application.clock.now() - timedelta(minutes=1)
        stores = self.application.stores.auctions
        facts: dict[str, Any] = {"category": "bench", "score": "67E", "sn_no": "1", "low_price": 100, "top_price": 10**9}
        terms = [Terms(id=number, group_id=GROUP, sn=f"U9T00690{number:02}", **facts) for number in range(1, LOTS + 1)]
        end_at = now + timedelta(hours=1)
        lots = [new_lot(one, start_at=now, end_at=end_at, extend_limit=timedelta(0), now=now) for one in terms]
        await stores.lots.add_lots(lots)
        await stores.groups.prepare_group(Group(id=GROUP, issue=1, start_at=now, end_at=end_at), end_at)
        await stores.groups.open_group(GROUP)
        await self.application.auctions.looks.look()

    def change_price(self) -> None:
        """One lot of the floor has a new state; the hub sends it at once."""
        known = self.application.ground.floor.find_lot(1)
        assert known is not None
        state = msgspec.structs.replace(
            known.state,
            revision=max(FIRST_SEQ, known.state.revision + 1),
            seq=max(FIRST_SEQ, known.state.seq + 1),
            price=max(FIRST_SEQ, known.state.price + 1),
            user_id=7,
            nickname="藏家七号",
            changed_at=self.application.clock.now(),
        )
        known.told_seq = state.seq  # there is no record of it to be looked for
        self.application.ground.floor.take(LotChanged(state=state))
        self.application.live.hub.flush()

    def capture(self) -> Message:
        """The message that a change of price makes, for the ways that do not make it themselves."""
        hub = self.application.live.hub
        [watcher, *_] = hub._listeners[f"group:{GROUP}"]
        sent: list[Message] = []
        real, watcher.wire = watcher.wire, _Capture(sent)  # type: ignore[assignment]
        listeners, hub._listeners[f"group:{GROUP}"] = hub._listeners[f"group:{GROUP}"], {watcher}
        self.change_price()
        hub._listeners[f"group:{GROUP}"], watcher.wire = listeners, real
        return sent[0]


class _Capture:
    pending_bytes = 0
    offer = staticmethod(take_nothing)

    def __init__(self, sent: list[Message]):
        self._sent = sent

    def send(self, message: Message) -> None:
        self._sent.append(message)


async def measure(bench: Bench, port: int, watchers: int, rounds: int) -> None:
    watching = await Watchers.start(port, watchers, f"group:{GROUP}")
    sessions = list(bench.application.live.hub._listeners[f"group:{GROUP}"])
    wires = [session.wire for session in sessions]
    assert len(wires) == watchers and all(isinstance(wire, SocketWire) for wire in wires)
    sockets = [wire._stream.socket for wire in wires]  # type: ignore[attr-defined]
    handlers: list[LiveSocket] = [wire._handler for wire in wires]  # type: ignore[attr-defined]
    message = bench.capture()

    async def one_round(way: str) -> tuple[float, float]:
        """Seconds until all have it, and of the server's CPU."""
        started, worked = time.perf_counter(), time.process_time()
        if way == "hub":
            bench.change_price()
        elif way == "bare":
            frame = message.frame
            for one in sockets:
                one.send(frame)
        else:
            text = message.payload
            for handler in handlers:
                handler.write_message(text)
        await watching.until_sent(watchers * len(message.frame))
        seconds = time.perf_counter() - started
        for _ in range(SETTLE_PASSES):
            await asyncio.sleep(0)
        return seconds, time.process_time() - worked

    ways = ("hub", "bare", "write_message")
    rounds_of: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    for number in range(rounds + WARM_UP_ROUNDS):
        for way in ways:
            await one_round(way)  # not counted: the way before leaves its traces in caches, buffers and garbage
            taken = await one_round(way)
            if number >= WARM_UP_ROUNDS:
                rounds_of[way].append(taken)
    for index, what in enumerate(("until all have it", "server's CPU")):
        per_second = {way: watchers / statistics.median(taken[index] for taken in rounds_of[way]) for way in ways}
        ratio = {
            way: statistics.median(b[index] / a[index] for a, b in zip(rounds_of["hub"], rounds_of[way])) for way in ways[1:]
        }
        print(
            f"{watchers:>8} {what:>18} {per_second['hub']:>10,.0f} {per_second['bare']:>10,.0f}"
            f" {per_second['write_message']:>14,.0f} {ratio['bare']:>10.2f} {ratio['write_message']:>15.2f}"
        )
    await watching.stop()
    while bench.application.live.hub.sessions:
        await asyncio.sleep(0.01)


async def run(options: argparse.Namespace, config: Config) -> None:
    application = Application(config)
    await application.start()
    bench = Bench(application)
    await bench.open_group()
    server = HTTPServer(make_tornado_application(application, InFlight()))
    listening, port = bind_unused_port()
    server.add_socket(listening)
    print("deliveries per second, closed loop; ratios of the hub to each other way in the same run")
    print(
        f"{'watchers':>8} {'a second of':>18} {'hub':>10} {'bare loop':>10} {'write_message':>14} {'hub/bare':>10} {'hub/write_msg':>15}"
    )
    for watchers in options.watchers:
        await measure(bench, port, watchers, options.rounds)
    await application.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--watchers", type=lambda text: [int(part) for part in text.split(",")], default=[100, 1000, 5000])
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args()
    raise_limit_of_open_files()
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        config = Config(data_dir=Path(folder), jwt_secret="x" * 32, sockets_per_address=10**6)
        embedded = EmbeddedServices(config)
        try:
            uvloop.run(run(options, embedded.start_or_join()))
        finally:
            embedded.stop()


if __name__ == "__main__":
    main()

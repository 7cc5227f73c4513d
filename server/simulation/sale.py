"""One simulated sale, from the first sign-in to the comparison with the truth."""
from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any

from msgspec import Struct, convert

from server.domain.auctions.prices import StepFrom
from server.simulation.bidders import Bidder, Door, HttpDoor, SocketDoor
from server.simulation.connection import Address, Connection
from server.simulation.convergence import CONVERGED_SECONDS, Comparison
from server.simulation.histories import Histories
from server.simulation.market import Lot, Market, News
from server.simulation.tally import Tally, percentiles
from server.simulation.watchers import Watcher, running

SOCKET_SHARE = 4  # each fourth bidder bids over a websocket
TIMED_WATCHERS = 20  # so many keep when each price came
SIGN_INS_AT_ONCE = 16
SUBSCRIBED_SECONDS = 30.0
IN_PROGRESS = 1


class NothingToSimulate(Exception):
    """There is no such group, or nothing in it can be bid on; the text tells the operator."""


class Plan(Struct, frozen=True, kw_only=True):
    """What to simulate; without `group_id` in the current group. `pace_seconds`: between two bids of a bidder, on average.

    `converge_seconds`: how long after the last bid prices may take to agree everywhere.
    """

    url: str
    bidders: int
    seconds: float
    watchers: int = 0
    group_id: int | None = None
    pace_seconds: float = 1.0
    converge_seconds: float = CONVERGED_SECONDS


class Outcome(Struct, kw_only=True):
    """What came of it. `watcher_ms`: from a bidder's acceptance to a watcher having that price, or a newer one."""

    ok: bool
    group_id: int
    lots: int
    seconds: float
    accepted: int
    accepted_over_socket: int
    refused: dict[str, int]
    rate_limited: int
    errors: dict[str, int]
    bid_ms: dict[str, float | None]
    watcher_ms: dict[str, float | None]
    watchers: int
    watchers_converged: int
    connections_lost: dict[str, int]
    prices_agree: bool
    missing: list[dict[str, Any]]
    unread: int


class SimulatedSale:
    """Bidders and watchers of one group. `stop` ends the bidding early; the comparison follows all the same."""

    def __init__(self, plan: Plan):
        self._plan = plan
        self._address = Address(plan.url)
        self._connection = Connection(self._address)
        self._reading = Connection(self._address)
        self._stopping = asyncio.Event()
        self._tally = Tally()

    def stop(self) -> None:
        self._stopping.set()

    async def run(self) -> Outcome:
        """Raises NothingToSimulate, and ServerAway when the server does not answer at the beginning."""
        try:
            group_id = await self._find_group()
            market = Market(await self._list_lots(group_id))
            if not market.open_lots:
                raise NothingToSimulate(f"no lot of group {group_id} is open")
            return await self._hold(group_id, market)
        finally:
            self._connection.close()
            self._reading.close()

    async def _find_group(self) -> int:
        wanted = f"/{self._plan.group_id}" if self._plan.group_id is not None else ""
        answer = await self._connection.get(f"/api/group/category{wanted}")
        if answer.status == 404 or answer.data["status"] != IN_PROGRESS:
            which = f"group {self._plan.group_id}" if wanted else "no group"
            raise NothingToSimulate(f"{which} is {'not ' if wanted else ''}in progress")
        return answer.data["id"]

    async def _list_lots(self, group_id: int) -> list[Lot]:
        shelves = (await self._connection.get(f"/api/group/history/{group_id}")).data["goods"]
        about = {goods["id"]: goods for shelf in shelves for goods in shelf["goods"]}
        states = (await self._connection.get(f"/api/live/group/{group_id}")).data["state"]
        lots = []
        for state in states:
            goods = about[state["goods_id"]]
            steps = convert(goods.get("steps", []), list[StepFrom])
            terms = (goods["low_price"], goods["top_price"], goods["step"])
            lots.append(Lot(goods["id"], group_id, *terms, state["seq"], state["price"], state["status"] == "open", steps))
        return lots

    async def _hold(self, group_id: int, market: Market) -> Outcome:
        plan, tally = self._plan, self._tally
        histories = Histories(self._reading, market)

        def on_news(news: Iterable[News]) -> None:
            market.take(news)
            histories.notice()

        url, channel = self._address.socket_url, f"group:{group_id}"
        scout = Watcher(url, channel, keeps_times=False, on_news=on_news)
        watchers = [Watcher(url, channel, keeps_times=number < TIMED_WATCHERS) for number in range(plan.watchers)]
        bidders = [self._make_bidder(number, market) for number in range(plan.bidders)]
        await self._sign_in(bidders)
        async with running([scout, *watchers]):
            await _wait_until_subscribed([scout, *watchers])
            started = time.monotonic()
            await self._let_bid(bidders, market, histories)
            seconds = time.monotonic() - started
            comparison = Comparison(self._connection, group_id, watchers, tally.acknowledged)
            await comparison.make(plan.converge_seconds)
        await histories.read_rest({bid.goods_id for bid in tally.acknowledged})
        missing = histories.find_missing(tally.acknowledged)
        unread = histories.count_unread(tally.acknowledged)
        delays = [delay for watcher in watchers if watcher.times is not None for delay in watcher.delays_ms(tally.acknowledged)]
        return Outcome(
            ok=comparison.is_converged and not missing and not unread,
            group_id=group_id,
            lots=len(market.lots),
            seconds=round(seconds, 2),
            accepted=len(tally.acknowledged),
            accepted_over_socket=tally.over_socket,
            refused=dict(tally.refused),
            rate_limited=tally.rate_limited,
            errors=dict(tally.errors),
            bid_ms=percentiles(tally.answer_ms),
            watcher_ms=percentiles(delays),
            watchers=len(watchers),
            watchers_converged=len(watchers) - len(comparison.watchers_behind),
            connections_lost=dict(sum((watcher.lost for watcher in (scout, *watchers)), Counter())),
            prices_agree=comparison.prices_agree,
            missing=[{"goods_id": bid.goods_id, "seq": bid.seq, "price": bid.price, "user_id": bid.user_id} for bid in missing],
            unread=unread,
        )

    def _make_bidder(self, number: int, market: Market) -> Bidder:
        door: Door = SocketDoor(self._address) if number % SOCKET_SHARE == SOCKET_SHARE - 1 else HttpDoor(self._address)
        return Bidder(f"bidder {number + 1}", door, self._address, market, self._tally, pace_seconds=self._plan.pace_seconds)

    async def _sign_in(self, bidders: list[Bidder]) -> None:
        free = asyncio.Semaphore(SIGN_INS_AT_ONCE)

        async def sign_in(bidder: Bidder) -> None:
            async with free:
                if not self._stopping.is_set():
                    await bidder.sign_in()

        await asyncio.gather(*(sign_in(bidder) for bidder in bidders))

    async def _let_bid(self, bidders: list[Bidder], market: Market, histories: Histories) -> None:
        """Until the time is over, nothing is open any more or someone says stop; every offer gets its answer."""
        following = asyncio.create_task(histories.follow())
        bidding = asyncio.gather(*(bidder.run(self._stopping) for bidder in bidders))
        ending = asyncio.get_running_loop().call_later(self._plan.seconds, self._stopping.set)
        market.when_over(self._stopping.set)
        try:
            await bidding
        finally:
            ending.cancel()
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)


async def _wait_until_subscribed(watchers: list[Watcher]) -> None:
    """As far as they get there in time; who does not will be found not to have converged."""
    waiting = [asyncio.create_task(watcher.is_subscribed.wait()) for watcher in watchers]
    _, late = await asyncio.wait(waiting, timeout=SUBSCRIBED_SECONDS)
    for task in late:
        task.cancel()

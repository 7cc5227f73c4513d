"""The live channel: who listens to what, above all areas."""
from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

from handlers.bidding.dialect import ERRORS, BiddingDialect, failure_facts
from handlers.bidding.group import NumberedShape, participation_shape
from handlers.bidding.receipts import receipt_of
from realtime.broker import Correspondent
from realtime.commands import Commands, Wording
from realtime.description import describe_live
from realtime.door import Door
from realtime.hub import Hub
from realtime.keeper import Keeper
from server.composition.area import Area
from server.composition.ground import Ground
from server.domain.auctions.audience import SAMPLE_SECONDS, WatchSampler, WatchStore
from server.domain.errors import InvalidInput
from server.domain.events import Event, TokensChanged, UserSessionsEnded
from server.domain.rounds import Rounds
from server.services import Services
from server.web.dialect import find_failure

QUEUES_SECONDS = 3.0  # who waits sees a number that was called so long after it, at most


@dataclass(frozen=True)
class Live(Area):
    """The listeners of this process and those who look after them."""

    wording: Wording
    hub: Hub
    commands: Commands
    keeper: Keeper
    door: Door
    hear_others: Callable[[], None]
    sampling: Rounds
    looking: Rounds

    async def start(self) -> None:
        self.hear_others()
        self.keeper.start()
        self.looking.start()
        self.sampling.start()

    async def drain(self) -> None:
        """Listeners hear the last news and are sent elsewhere."""
        self.hub.flush()
        self.keeper.drain()

    async def wait_until_left(self, seconds: float) -> None:
        """Until the last listener sent away has gone, at the longest so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.hub.sessions:
                    await asyncio.sleep(0.02)

    async def stop(self) -> None:
        await self.looking.stop()
        await self.sampling.stop()
        await self.keeper.stop()


def build_live(
    services: Services,
    ground: Ground,
    watchers: WatchStore,
    correspondent: Correspondent,
    when_missed: Callable[[], None],
    is_clean: Callable[[], bool],
) -> Live:
    """Not yet started; the correspondent gets letters of other processes, `when_missed` is called when their news may have been missed.

    `is_clean` tells whether the audit finds nothing.
    """
    floor, broker, clock = ground.floor, ground.broker, ground.clock
    wording = Wording(_explain, participation_shape, BiddingDialect().failure)
    hub = Hub(floor, services.auctions.live, clock, ground.tallies.publish_lag_seconds.observe, is_clean)
    commands = Commands(services, hub, wording)

    keeper = Keeper(hub, commands, broker, clock, worker=ground.worker)

    def look_after_sessions(event: Event) -> None:
        if isinstance(event, UserSessionsEnded):
            commands.end_sessions(event)
        elif isinstance(event, TokensChanged):
            keeper.check_user(event.user_id)

    floor.listen(look_after_sessions)
    door = Door(ground.config.sockets_per_address)
    sampler = WatchSampler(watchers, floor, hub.count_all_watchers, clock, worker=ground.worker)
    sampling = Rounds("sampling who watches", sampler.sample, SAMPLE_SECONDS)

    async def look_at_queues() -> None:
        """News of other processes may be lost on their way."""
        looked_at = set(hub.list_queues())
        for queue in await services.mall.community.queues.list_queues() if looked_at else ():
            if queue.id in looked_at:
                floor.take(queue.told())

    looking = Rounds("looking at queues", look_at_queues, QUEUES_SECONDS)
    hear_others = partial(broker.start, floor.take, when_missed, correspondent)
    return Live(wording, hub, commands, keeper, door, hear_others, sampling, looking)


@cache
def render_live_description() -> bytes:
    """AsyncAPI 3.0, as JSON."""
    return describe_live(NumberedShape, sorted({row.error for row in ERRORS.values()}))


def _explain(error: Exception, language: str) -> tuple[str, str, dict[str, object]]:
    """The bidding document's words for an error, for the socket."""
    row = find_failure(ERRORS, error)
    facts = failure_facts(error, language)
    # Names of fields must not meet those of the reply.
    told = {"data": facts} if isinstance(error, InvalidInput) else facts
    return row.error, row.text(error, language), {**told, **receipt_of(error)}

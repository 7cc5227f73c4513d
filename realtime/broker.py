"""Carries news between processes over Redis pub/sub."""
from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable

import msgspec
from msgspec import Struct
from redis.asyncio import Redis
from redis.exceptions import RedisError

from server.domain.events import Event

log = logging.getLogger(__name__)

MAX_QUEUED = 10_000  # news waiting for Redis; what is dropped is found by a look
HEARTBEAT_SECONDS = 1.0
SILENCE_SECONDS = 3.0  # a subscription that does not bring the own heartbeat back is dead, even if its socket is not
RETRY_SECONDS = 0.5


class News(Struct, frozen=True, array_like=True):
    """What travels: `event` is None for a heartbeat."""

    origin: str
    event: Event | None


class Broker:
    """At most once, in order from each process, no history: enough, because whoever hears a gap reads MongoDB.

    Never raises and never waits: while Redis is away news are dropped. `is_connected` says whether the subscription lives.
    """

    def __init__(self, redis: Redis, prefix: str, worker: str):
        self._redis = redis
        self._prefix = prefix
        self._worker = worker
        self._queue: deque[tuple[str, News]] = deque(maxlen=MAX_QUEUED)
        self._has_news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._on_event: Callable[[Event], None] = lambda event: None
        self._on_connected: Callable[[], None] = lambda: None
        self._heard_at = 0.0
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(News).decode

    @property
    def is_connected(self) -> bool:
        return time.monotonic() - self._heard_at < SILENCE_SECONDS

    def start(self, on_event: Callable[[Event], None], on_connected: Callable[[], None]) -> None:
        """Calls `on_event` with news of other processes, and `on_connected` whenever some may have been missed."""
        self._on_event = on_event
        self._on_connected = on_connected
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(work()) for work in (self._send, self._listen, self._beat)]

    async def stop(self) -> None:
        """Sends what is queued, if Redis is there, and ends."""
        with contextlib.suppress(RedisError, OSError, TimeoutError):
            async with asyncio.timeout(1):
                await self._send_queued()
        left = set(self._tasks)
        while left:
            for task in left:
                task.cancel()
            # Again, if need be: a client whose own time limit ends at that moment takes the cancellation for it.
            _, left = await asyncio.wait(left, timeout=1)

    def send(self, channel: str, event: Event) -> None:
        """Queues news for the other processes."""
        self._queue.append((channel, News(self._worker, event)))
        self._has_news.set()

    async def _send(self) -> None:
        while True:
            await self._has_news.wait()
            self._has_news.clear()
            try:
                await self._send_queued()
            except (RedisError, OSError, TimeoutError):
                self._queue.clear()
                await asyncio.sleep(RETRY_SECONDS)

    async def _send_queued(self) -> None:
        while self._queue:
            async with self._redis.pipeline(transaction=False) as pipeline:
                while self._queue and len(pipeline) < 500:
                    channel, news = self._queue.popleft()
                    pipeline.publish(f"{self._prefix}:{channel}", self._encode(news))
                await pipeline.execute()

    async def _listen(self) -> None:
        is_lost = False
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as pubsub:
                    await pubsub.psubscribe(f"{self._prefix}:*")
                    self._heard_at = time.monotonic()
                    self._on_connected()
                    if is_lost:
                        log.info("redis is back")
                        is_lost = False
                    while self.is_connected:
                        message = await pubsub.get_message(timeout=HEARTBEAT_SECONDS)
                        if message is not None:
                            self._hear(message["data"])
                log.warning("redis is silent; subscribing again")
            except (RedisError, OSError, TimeoutError) as error:
                if not is_lost:
                    log.warning("redis is away (%s); prices travel through MongoDB until it is back", type(error).__name__)
                    is_lost = True
                await asyncio.sleep(RETRY_SECONDS)

    def _hear(self, payload: bytes) -> None:
        try:
            news = self._decode(payload)
        except msgspec.DecodeError:
            log.warning("news that cannot be read: another version is running beside this one")
            self._on_connected()
            return
        if news.origin == self._worker:
            self._heard_at = time.monotonic()
        elif news.event is not None:
            self._on_event(news.event)

    async def _beat(self) -> None:
        while True:
            self._queue.append((f"heartbeat:{self._worker}", News(self._worker, None)))
            self._has_news.set()
            await asyncio.sleep(HEARTBEAT_SECONDS)

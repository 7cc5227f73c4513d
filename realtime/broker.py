"""Carries news and letters between processes over Redis pub/sub."""
from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

import msgspec
from msgspec import Struct
from redis.asyncio import Redis
from redis.exceptions import RedisError

from server.domain.events import Event

log = logging.getLogger(__name__)

MAX_QUEUED = 10_000  # news waiting for Redis; what is dropped is found by a look
HEARTBEAT_SECONDS = 0.3  # of a process that was not heard of for a second no letter is answered
POLL_SECONDS = 1.0
SIGNATURE_BYTES = 32
SILENCE_SECONDS = 3.0  # a subscription that does not bring the own heartbeat back is dead, even if its socket is not
RETRY_SECONDS = 0.5


class News(Struct, frozen=True, array_like=True):
    """What travels: `event` is None for a heartbeat, the last ones of a process that is leaving say so."""

    origin: str
    event: Event | None
    is_leaving: bool = False


class Correspondent(Protocol):
    """Gets what other processes write to this one."""

    def hear(self, worker: str) -> None:
        """A sign of life of another process."""

    def part(self, worker: str) -> None:
        """That process takes no more letters."""

    def beat(self) -> None:
        """This process gave a sign of life."""

    def receive(self, letter: bytes) -> None:
        """Raises msgspec.DecodeError for one that cannot be read."""

    def miss(self, addressee: str) -> None:
        """A letter reached nobody."""

    def lose(self) -> None:
        """Letters may have been lost."""


class NoCorrespondent:
    """A Correspondent that reads nothing."""

    def hear(self, worker: str) -> None: ...

    def part(self, worker: str) -> None: ...

    def beat(self) -> None: ...

    def receive(self, letter: bytes) -> None: ...

    def miss(self, addressee: str) -> None: ...

    def lose(self) -> None: ...


class Broker:
    """At most once, in order from each process, no history: enough, because whoever hears a gap reads MongoDB.

    Never raises and never waits: while Redis is away news are dropped. `is_connected` says whether the subscription lives.
    A letter goes to one process and comes after the news that were sent before it. It is signed: Redis alone cannot write one.
    """

    def __init__(self, redis: Redis, prefix: str, worker: str, *, secret: bytes = b""):
        self._redis = redis
        self._prefix = prefix
        self._worker = worker
        self._key = hmac.digest(secret, b"letters between processes", "sha256")
        self._queue: deque[tuple[str, News | bytes]] = deque(maxlen=MAX_QUEUED)
        self._is_leaving = False
        self._has_news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._on_event: Callable[[Event], None] = lambda event: None
        self._on_connected: Callable[[], None] = lambda: None
        self._correspondent: Correspondent = NoCorrespondent()
        self._heard_at = 0.0
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(News).decode

    @property
    def is_connected(self) -> bool:
        return time.monotonic() - self._heard_at < SILENCE_SECONDS

    def start(
        self, on_event: Callable[[Event], None], on_connected: Callable[[], None], correspondent: Correspondent = NoCorrespondent()
    ) -> None:
        """Calls `on_event` with news of other processes, and `on_connected` whenever some may have been missed."""
        self._correspondent = correspondent
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

    def send_letter(self, addressee: str, letter: bytes) -> None:
        """Queues a letter for that process; the correspondent hears when it cannot have arrived."""
        self._queue.append((addressee, hmac.digest(self._key, letter, "sha256") + letter))
        self._has_news.set()

    def say_goodbye(self) -> None:
        """Tells the others to write no more letters to this process."""
        self._is_leaving = True
        self._queue_heartbeat()

    async def _send(self) -> None:
        while True:
            await self._has_news.wait()
            self._has_news.clear()
            try:
                await self._send_queued()
            except (RedisError, OSError, TimeoutError):
                self._queue.clear()
                self._correspondent.lose()
                await asyncio.sleep(RETRY_SECONDS)

    async def _send_queued(self) -> None:
        while self._queue:
            addressees: list[str | None] = []
            async with self._redis.pipeline(transaction=False) as pipeline:
                while self._queue and len(pipeline) < 500:
                    place, content = self._queue.popleft()
                    if isinstance(content, News):
                        pipeline.publish(f"{self._prefix}:{place}", self._encode(content))
                    else:
                        pipeline.publish(self._letterbox(place), content)
                    addressees.append(None if isinstance(content, News) else place)
                readers = await pipeline.execute()
            for addressee in {one for one, count in zip(addressees, readers) if not count} - {None}:
                assert addressee is not None
                self._correspondent.miss(addressee)

    def _letterbox(self, worker: str) -> str:
        return f"{self._prefix}/letters/{worker}"  # no news of this database or another: none has a slash in its name

    async def _listen(self) -> None:
        is_lost = False
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as pubsub:
                    await pubsub.psubscribe(f"{self._prefix}:*")
                    await pubsub.subscribe(self._letterbox(self._worker))
                    self._heard_at = time.monotonic()
                    self._on_connected()
                    if is_lost:
                        log.info("redis is back")
                        is_lost = False
                    while self.is_connected:
                        message = await pubsub.get_message(timeout=POLL_SECONDS)
                        if message is None:
                            continue
                        if message["type"] == "message":
                            self._read(message["data"])
                        else:
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
        elif news.is_leaving:
            self._correspondent.part(news.origin)
        else:
            self._correspondent.hear(news.origin)

    def _read(self, content: bytes) -> None:
        signature, letter = content[:SIGNATURE_BYTES], content[SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, hmac.digest(self._key, letter, "sha256")):
            log.warning("a letter that no process of this installation has signed: JWT_SECRET differs, or somebody else writes to Redis")
            return
        try:
            self._correspondent.receive(letter)
        except msgspec.DecodeError:
            log.warning("a letter that cannot be read: another version is running beside this one")

    async def _beat(self) -> None:
        while True:
            self._correspondent.beat()
            self._queue_heartbeat()
            await asyncio.sleep(HEARTBEAT_SECONDS)

    def _queue_heartbeat(self) -> None:
        self._queue.append((f"heartbeat:{self._worker}", News(self._worker, None, self._is_leaving)))
        self._has_news.set()

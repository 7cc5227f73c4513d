"""Looks after the listeners' connections: pings, time limits, expired tokens, draining."""
from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time

from realtime import codes
from realtime.broker import Broker
from realtime.commands import Commands
from realtime.hub import Hub
from realtime.session import Session
from server.domain.clock import Clock

ROUND_SECONDS = 1.0
AT_ONCE_SECONDS = 0.002  # then whatever else waits has its turn
CHECK_SECONDS = 20.0  # news of a token's end may have been lost
PONG_SECONDS = 9.0  # with a round, a dead peer is gone within 30 s
ANONYMOUS_SECONDS = 10.0
BEHIND_SECONDS = 15.0  # a listener that takes nothing for so long has stopped reading
RECONNECT_SPREAD_MS = 5000  # listeners of a draining process come back spread over this time


class Keeper:
    """One round a second over all listeners."""

    def __init__(self, hub: Hub, commands: Commands, broker: Broker, clock: Clock, *, worker: str):
        self._hub = hub
        self._commands = commands
        self._broker = broker
        self._clock = clock
        self._worker = worker
        self._task: asyncio.Task[None] | None = None
        self._checks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        for check in list(self._checks):
            await asyncio.wait([check])

    def drain(self) -> None:
        """Sends every listener away, each with its own delay before it comes back."""
        for session in list(self._hub.sessions):
            delay = random.randrange(RECONNECT_SPREAD_MS)
            session.wire.close(codes.GOING_AWAY, json.dumps({"delay_ms": delay}))

    def check_user(self, user_id: int) -> None:
        """Their tokens may stand otherwise than their listeners know."""
        for session in self._hub.sessions_of(user_id):
            self._check_token(session)

    async def look(self, now: float) -> None:
        """Does for every listener what is due at that reading of time.monotonic(). A thousand closes hold up nobody's price."""
        began_at = time.perf_counter()
        for session in list(self._hub.sessions):
            if time.perf_counter() - began_at > AT_ONCE_SECONDS:
                await asyncio.sleep(0)
                began_at = time.perf_counter()
            if session in self._hub.sessions:
                self._look_after(session, now)

    async def _run(self) -> None:
        while True:
            due = time.monotonic() + ROUND_SECONDS
            await asyncio.sleep(ROUND_SECONDS)
            self._hub.note_late(time.monotonic() - due)
            await self.look(time.monotonic())
            self._broker.send("listeners", self._hub.count_listeners(self._worker))
            self._hub.tell_statistics()

    def _look_after(self, session: Session, now: float) -> None:
        if session.wire.answers_pings and session.pinged_at > session.heard_at and now - session.pinged_at > PONG_SECONDS:
            session.wire.close(codes.NO_PONG, "no pong")
            session.wire.abort()
        elif session.user is None and not session.channels and now - session.opened_at > ANONYMOUS_SECONDS:
            session.wire.close(codes.ASKED_NOTHING, "nothing asked for")
        elif session.behind_since is not None and now - session.behind_since > BEHIND_SECONDS:
            session.wire.close(codes.TOO_SLOW, "too slow")
            session.wire.abort()
        else:
            has_run_out = session.expires_at is not None and self._clock.now() >= session.expires_at
            if now - session.pinged_at > session.wire.ping_seconds:
                session.pinged_at = now
                session.wire.ping()
            if session.token is not None and (has_run_out or now - session.checked_at > CHECK_SECONDS):
                session.checked_at = now
                self._check_token(session)

    def _check_token(self, session: Session) -> None:
        check = asyncio.get_running_loop().create_task(self._commands.check_again(session))
        self._checks.add(check)
        check.add_done_callback(self._checks.discard)

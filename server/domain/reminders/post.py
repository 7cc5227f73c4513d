"""The post: one process at a time notices and sends; when it dies another goes on."""
from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

from server.domain.clock import Clock
from server.domain.errors import Unavailable
from server.domain.reminders.noticing import Noticing
from server.domain.reminders.reminders import TurnStore
from server.domain.reminders.sending import Sending
from server.domain.rounds import Rounds

ROUND_SECONDS = 1.0
TURN = timedelta(seconds=5)  # a process that died is followed after that


class Post:
    """A turn is for economy: two processes that both think that it is theirs do not send a reminder twice."""

    def __init__(self, turns: TurnStore, noticing: Noticing, sending: Sending, clock: Clock, *, worker: str):
        self._turns = turns
        self._noticing = noticing
        self._sending = sending
        self._clock = clock
        self._worker = worker
        self._has_turn = False
        self._busy = asyncio.Lock()
        self._rounds = Rounds("reminding", self.go_round, ROUND_SECONDS)

    def start(self) -> None:
        self._rounds.start()

    async def go_round(self) -> None:
        """Notices what happened and sends what is due. Raises Unavailable."""
        async with self._busy:
            now = self._clock.now()
            had_turn, self._has_turn = self._has_turn, await self._turns.take_turn(self._worker, now, now + TURN)
            if not self._has_turn:
                return
            if not had_turn:
                self._noticing.forget()
            await self._noticing.look()
            await self._sending.send_due()

    async def stop(self) -> None:
        """What is on its way arrives first; then it is another's turn at once."""
        async with self._busy:
            await self._rounds.stop()
            if self._has_turn:
                with contextlib.suppress(Unavailable):  # it ends by itself
                    await self._turns.give_up_turn(self._worker)

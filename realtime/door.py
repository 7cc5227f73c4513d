"""How many sockets and streams an address may have, and how fast it may open new ones.

Many honest people share an address: that of a mobile carrier, of an office. So who comes too quickly waits for a turn instead of
being sent away, and only who would wait too long is asked to come again. Newcomers are let in one by one, so that a crowd before
the door takes no time from those inside.
"""
from __future__ import annotations

import asyncio
import math
import time
from collections import Counter, OrderedDict
from collections.abc import Callable

from server.domain.accounts.attempts import network_of
from server.domain.errors import TooMany

# Of as many as may be inside: so all can come back at once, and again, and then as many in so many seconds.
AT_ONCE, FILLED_IN_SECONDS = 2, 4
LONGEST_WAIT_SECONDS = 10.0
REFUSAL_SECONDS = 1.0  # who comes back at once is held up, which costs less than to refuse again
# Who was let in and then sent more than may be sent takes so many turns more: to come back costs more than to stay.
TURNS_OF_A_FLOOD = 5
ROUNDS_BETWEEN = 8  # of the loop, from one newcomer to the next: an idle loop makes them in no time, and a bid needs so many
KEPT = 50_000


class Door:
    """Of one process. Whoever entered leaves once."""

    def __init__(self, most: int, monotonic: Callable[[], float] = time.monotonic):
        self._most = most
        self._monotonic = monotonic
        self._seconds_a_turn = FILLED_IN_SECONDS / most
        self._doorway = asyncio.Lock()  # in the order in which they come
        self._inside: Counter[str] = Counter()
        self._turns: OrderedDict[str, float] = OrderedDict()  # when the next turn of an address is, or would have been

    async def knock(self, address: str) -> None:
        """Before anything is done for a newcomer: returns when it is its turn. Raises TooMany if that would take too long."""
        try:
            wait = self.take_turn(address)
        except TooMany:
            await asyncio.sleep(REFUSAL_SECONDS)
            raise
        if wait > 0:
            await asyncio.sleep(wait)
        async with self._doorway:
            for _ in range(ROUNDS_BETWEEN):
                await asyncio.sleep(0)

    def take_turn(self, address: str) -> float:
        """In how many seconds it is. Raises TooMany, and nothing is taken."""
        who, now = network_of(address), self._monotonic()
        turn_at = self._next_turn(who, now)
        if turn_at > now + LONGEST_WAIT_SECONDS:
            raise TooMany(math.ceil(turn_at - now - LONGEST_WAIT_SECONDS))
        self._keep(who, turn_at + self._seconds_a_turn)
        return max(0.0, turn_at - now)

    def enter(self, address: str) -> None:
        """Raises TooMany if as many of that address are inside as may be."""
        who = network_of(address)
        if self._inside[who] >= self._most:
            raise TooMany()
        self._inside[who] += 1

    def leave(self, address: str) -> None:
        who = network_of(address)
        self._inside[who] -= 1
        if not self._inside[who]:
            del self._inside[who]

    def note_flood(self, address: str) -> None:
        """One from there sent more than may be sent. Whatever others there do, turns come round within the longest wait."""
        who, now = network_of(address), self._monotonic()
        turn_at = self._next_turn(who, now)
        self._keep(who, max(turn_at, min(turn_at + TURNS_OF_A_FLOOD * self._seconds_a_turn, now + LONGEST_WAIT_SECONDS)))

    def _next_turn(self, who: str, now: float) -> float:
        saved = AT_ONCE * FILLED_IN_SECONDS - self._seconds_a_turn  # the first turn is among those at once
        return max(self._turns.get(who, -math.inf), now - saved)

    def _keep(self, who: str, turn_at: float) -> None:
        self._turns[who] = turn_at
        self._turns.move_to_end(who)
        if len(self._turns) > KEPT:
            self._turns.popitem(last=False)

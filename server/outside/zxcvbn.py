"""How easily a password is guessed: by zxcvbn, which knows common passwords, names, dates, keyboard walks and repetitions."""
from __future__ import annotations

from typing import Any

from server.outside.heavy_work import HeavyWork

LEAST_GUESSES = 10**6  # its "very guessable" and below; the lock on sign-ins holds off far fewer tries
LOOKED_AT_ONCE = 24  # its time grows with the square: 72 well-chosen symbols would take a processor for seconds


class ZxcvbnGuesser:
    """Implements Guesser."""

    def __init__(self, work: HeavyWork):
        self._work = work

    async def is_easy(self, password: str, hints: tuple[str, ...]) -> bool:
        return await self._work.run(_is_easy, password, [hint for hint in hints if hint])


def _is_easy(password: str, hints: list[str]) -> bool:
    # Its word lists take 0.2 s and 12 MB: only in a process that needs them.
    from zxcvbn import zxcvbn

    def guesses(part: str) -> int:
        found: dict[str, Any] = zxcvbn(part, user_inputs=hints)
        return found["guesses"]

    # The whole is guessed no sooner than any part of it.
    parts = (password[start : start + LOOKED_AT_ONCE] for start in range(0, len(password), LOOKED_AT_ONCE))
    return all(guesses(part) < LEAST_GUESSES for part in parts)

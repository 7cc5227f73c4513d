"""What the shop has set, as far as rules ask for it."""
from __future__ import annotations

from typing import Protocol


class Settings(Protocol):
    """The mall's system parameters."""

    async def get_value(self, key: str) -> str:
        """Empty if it was never set, or is switched off."""


async def whole_number(settings: Settings, key: str, usual: int) -> int:
    """The usual one, unless a whole number is set."""
    text = (await settings.get_value(key)).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else usual

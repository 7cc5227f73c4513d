"""How often one address may ask for what costs more than an answer."""
from __future__ import annotations

from typing import Protocol

from msgspec import Struct


class Pace(Struct, frozen=True):
    """So many requests as `share` says, of the sign-ins that an address may make."""

    name: str
    share: float


SIGN_INS = Pace("sign-ins", 1)  # each asks WeChat, which has limits of its own
MALL_SIGN_INS = Pace("mall sign-ins", 5)  # at every start of the mini-program; a carrier's address is that of thousands
REFRESHES = Pace("refreshes", 5)  # everybody behind one address, when the network is back
PHONES = Pace("phones", 0.5)  # each asks WeChat, and costs the operator money
UPLOADS = Pace("uploads", 0.5)  # each is opened and drawn anew
DRAWINGS = Pace("drawings", 5)  # codes to be scanned; each is drawn anew, and kept
COMMENTS = Pace("comments", 1)  # anybody may write one, and the staff reads them all


class Paces(Protocol):
    """Counts what each address asks for."""

    def admit(self, pace: Pace, address: str) -> None:
        """Raises TooMany, with the time until the next one."""

"""Channel names and who may listen to which."""
from __future__ import annotations

import re
from dataclasses import dataclass

from server.domain.accounts.claims import Checked
from server.domain.errors import InvalidInput, TokenMissing
from server.domain.operators.access import check_operator

NUMBERED = ("group", "goods", "queue")
PERSONAL = ("me", "watched", "ops")
_NAME = re.compile(rf"({'|'.join(NUMBERED)}):([1-9][0-9]{{0,15}})|{'|'.join(PERSONAL)}")


@dataclass(frozen=True, slots=True)
class Channel:
    """`kind` is one of those above; `number` the id of the group, the goods or the queue."""

    name: str
    kind: str
    number: int = 0

    @property
    def is_personal(self) -> bool:
        """Ends with the listener's sign-in."""
        return self.kind in PERSONAL


def parse_channel(name: str) -> Channel:
    """Raises InvalidInput."""
    found = _NAME.fullmatch(name)
    if not found:
        raise InvalidInput({"channel": ["wrong_form"]})
    return Channel(name, found[1], int(found[2])) if found[1] else Channel(name, name)


def check_listener(channel: Channel, login: Checked | None) -> None:
    """Raises TokenMissing, NotAllowed or SecondFactorNeeded."""
    if not channel.is_personal:
        return
    if login is None:
        raise TokenMissing()
    if channel.kind == "ops":
        check_operator(login)

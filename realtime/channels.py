"""Channel names and who may listen to which."""
from __future__ import annotations

import re
from dataclasses import dataclass

from server.domain.accounts.users import User
from server.domain.errors import InvalidInput, NotAllowed, TokenMissing

_NAME = re.compile(r"(group|goods):([1-9][0-9]{0,15})|me|ops")


@dataclass(frozen=True, slots=True)
class Channel:
    """`kind` is group, goods, me or ops; `number` the id of the group or goods."""

    name: str
    kind: str
    number: int = 0

    @property
    def is_personal(self) -> bool:
        """Ends with the listener's sign-in."""
        return self.kind in ("me", "ops")


def parse_channel(name: str) -> Channel:
    """Raises InvalidInput."""
    found = _NAME.fullmatch(name)
    if not found:
        raise InvalidInput({"channel": ["wrong_form"]})
    return Channel(name, found[1], int(found[2])) if found[1] else Channel(name, name)


def check_listener(channel: Channel, user: User | None) -> None:
    """Raises TokenMissing or NotAllowed."""
    if channel.is_personal and user is None:
        raise TokenMissing()
    if channel.kind == "ops" and not (user and user.is_operator):
        raise NotAllowed()

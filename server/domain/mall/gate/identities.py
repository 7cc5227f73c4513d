"""Whether a name and an identity number belong together, for merchants; nothing of it is kept."""
from __future__ import annotations

from server.domain.accounts.names import one_line
from server.domain.errors import Conflict, InvalidInput
from server.domain.mall.wallet.identities import MOST_NAME_CHARACTERS, IdentityGate, IdentityNumbers, IdentityRefused


class NumberImpossible(Conflict):
    """No such number is given out: its check digit, date or place says so."""


class IdentityQuestions:
    """Looks at the number before anybody outside is asked."""

    def __init__(self, numbers: IdentityNumbers, gate: IdentityGate):
        self._numbers = numbers
        self._gate = gate

    async def check(self, name: str, number: str) -> None:
        """Raises InvalidInput, NumberImpossible, IdentityRefused, IdentityChecksOff and Unavailable."""
        name = one_line(name)
        if not 2 <= len(name) <= MOST_NAME_CHARACTERS:
            raise InvalidInput({"name": ["wrong_form"]})
        found = self._numbers.find_number(number)
        if found is None:
            raise NumberImpossible()
        if not await self._gate.matches(name, found):
            raise IdentityRefused()

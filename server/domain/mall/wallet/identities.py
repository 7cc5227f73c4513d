"""Who a member is by law: a name and an identity number, looked at by its check digits and by those who know whose it is."""
from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Annotated, Protocol

from msgspec import Struct

from server.domain.accounts.names import one_line
from server.domain.clock import Clock
from server.domain.errors import Conflict, DomainError, InvalidInput, TooMany
from server.domain.mall.settings import Settings
from server.domain.mall.wallet.owned import OwnedStore
from server.domain.moments import SHANGHAI
from server.domain.nouns import Noun, Revision, about
from server.domain.transactions import Transaction, Transactions

log = logging.getLogger(__name__)

MOST_NAME_CHARACTERS = 50
MOST_A_DAY = 5  # questions outside, each of which costs something
DAY = timedelta(days=1)
ASKED_FOR = "needIdCheck"  # the setting: who orders has to be known
SHOWN_FIRST, SHOWN_LAST = 6, 2  # characters of a number that are kept


class IdentityNumberWrong(Conflict):
    """No such number is given out: its check digit, date or place says so."""


class IdentityRefused(Conflict):
    """The number is another name's."""


class IdentityKnown(Conflict):
    """The member was checked before, as somebody else."""


class IdentityNeeded(Conflict):
    """Who orders has to be checked first."""


class TooManyChecks(TooMany):
    """As many checks were tried today as may be."""


class IdentityChecksOff(DomainError):
    """Nobody has set up who knows whose number it is."""


class Identity(Struct, frozen=True, kw_only=True):
    """What was checked of a member. Of the number only so much is kept as people tell it by."""

    id: Annotated[int, about("用户编号", "User")]
    revision: Revision = 1
    name: Annotated[str, about("姓名", "Name")]
    number: Annotated[str, about("证件号码", "Number")]
    checked_at: Annotated[datetime, about("认证时间", "Checked at")]


class IdentityNumbers(Protocol):
    """Knows which numbers can be."""

    def find_number(self, text: str) -> str | None:
        """As it is written; None if there can be none such."""


class IdentityGate(Protocol):
    """Knows whose a number is."""

    async def matches(self, name: str, number: str) -> bool:
        """Raises IdentityChecksOff and Unavailable."""


class CheckCounts(Protocol):
    """Where it is counted how often somebody tried."""

    async def count_up(self, name: str, most: int, until: datetime) -> bool:
        """One more, unless there are as many."""


class SandboxIdentityGate:
    """Implements IdentityGate where nobody is asked: in development every number that can be is right, in production none is checked."""

    def __init__(self, *, is_production: bool):
        self._is_production = is_production
        if not is_production:
            log.warning("identity sandbox: without MALL_IDENTITY_URL every number with right check digits is taken")

    async def matches(self, name: str, number: str) -> bool:
        if self._is_production:
            raise IdentityChecksOff()
        return True


class IdentityService:
    """Checks who members are, and lets order whom the shop lets."""

    def __init__(
        self,
        identities: OwnedStore[Identity],
        numbers: IdentityNumbers,
        gate: IdentityGate,
        counts: CheckCounts,
        settings: Settings,
        transactions: Transactions,
        clock: Clock,
    ):
        self._identities = identities
        self._numbers = numbers
        self._gate = gate
        self._counts = counts
        self._settings = settings
        self._transactions = transactions
        self._clock = clock

    async def find_identity(self, user_id: int) -> Identity | None:
        return await self._identities.find(user_id)

    async def check(self, user_id: int, name: str, number: str) -> None:
        """Again is nothing new. Raises InvalidInput, IdentityNumberWrong, IdentityKnown, TooManyChecks, IdentityRefused, Unavailable."""
        name = one_line(name).strip()
        if not 2 <= len(name) <= MOST_NAME_CHARACTERS:
            raise InvalidInput({"name": ["wrong_form"]})
        found = self._numbers.find_number(number)
        if found is None:
            raise IdentityNumberWrong()
        now = self._clock.now()
        made = Identity(id=user_id, name=name, number=shorten(found), checked_at=now)
        if await self._is_known(made):
            return
        day = now.astimezone(SHANGHAI).date().isoformat()
        if not await self._counts.count_up(f"{day}:identity:{user_id}", MOST_A_DAY, now + DAY):
            raise TooManyChecks(int(DAY.total_seconds()))
        if not await self._gate.matches(name, found):
            raise IdentityRefused()

        async def work(within: Transaction) -> None:
            if not await self._is_known(made, within):
                await self._identities.add(made, None, within)

        await self._transactions.run(work)

    async def _is_known(self, made: Identity, within: Transaction | None = None) -> bool:
        known = await self._identities.find(made.id, within)
        if known is not None and (known.name, known.number) != (made.name, made.number):
            raise IdentityKnown()
        return known is not None

    async def check_may_order(self, user_id: int) -> None:
        """Raises IdentityNeeded."""
        if (await self._settings.get_value(ASKED_FOR)).strip() == "1" and await self.find_identity(user_id) is None:
            raise IdentityNeeded()


def shorten(number: str) -> str:
    """With the day of birth and the sequence withheld."""
    return f"{number[:SHOWN_FIRST]}{'*' * (len(number) - SHOWN_FIRST - SHOWN_LAST)}{number[-SHOWN_LAST:]}"


IDENTITIES = Noun(
    area="mall",
    name="identities",
    zh="实名认证",
    en="Identities",
    made=Identity,
    label="name",
    searched=("name",),
    sorted=("id", "checked_at"),
    filtered=("checked_at",),
    order=("-checked_at",),
)

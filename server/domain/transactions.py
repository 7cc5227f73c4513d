"""Several writes that happen together or not at all."""
from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol, TypeVar

from server.domain.errors import Conflict

T = TypeVar("T")


class Contended(Conflict):
    """Others changed the same things again and again; whoever tries later finds it free."""


class Transaction(Protocol):
    """One that is under way; only its maker and the stores that take part look inside."""


class Transactions(Protocol):
    """Runs work whose writes all happen, or none."""

    async def run(self, work: Callable[[Transaction], Awaitable[T]], about: Iterable[str] = ()) -> T:
        """What `work` gives. When this returns, all it wrote lasts; when it raises, nothing of it does, but for Unavailable, after
        which it may have happened or not.

        What meets another that changes the same is run again from the start, so `work` calls nothing outside and its writes are
        guarded by what it has read in the transaction. `about` names what many want to change at once: those of this process go one after
        the other then, instead of meeting again and again. Raises what `work` raises, Contended and Unavailable.
        """

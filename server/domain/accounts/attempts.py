"""Guessing passwords: slowed down after a few failures, stopped after many, for each account and each address."""
from __future__ import annotations

import asyncio
import ipaddress
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol
from weakref import WeakValueDictionary

from msgspec import Struct

from server.domain.clock import Clock
from server.domain.errors import TooMany

LOCK = timedelta(minutes=15)
LONGEST_PAUSE_SECONDS = 60
REMEMBERED = timedelta(hours=1)  # failures count together until nothing was tried for so long
KNOWN = timedelta(days=30)  # a place where the owner signed in remains theirs
TRIES_TO_SAVE = 20  # of processes that race for one counter


class LoginBlocked(TooMany):
    """Too many failures. Until that moment nothing is tried; a captcha is taken instead of waiting, unless it `is_locked`."""

    def __init__(self, until: datetime, now: datetime, *, is_locked: bool):
        super().__init__(seconds_to(until, now))
        self.until = until
        self.is_locked = is_locked


class Pace(Struct, frozen=True):
    """So many failures are `free`; from then on each doubles the pause before the next try; with `lock_at` nothing is tried for a while."""

    free: int
    lock_at: int

    def locks_at(self, failures: int) -> bool:
        return failures >= self.lock_at

    def pause_after(self, failures: int) -> timedelta:
        if self.locks_at(failures):
            return LOCK
        if failures < self.free:
            return timedelta(0)
        return timedelta(seconds=min(2 ** (failures - self.free), LONGEST_PAUSE_SECONDS))


ACCOUNT_PACE = Pace(free=3, lock_at=10)
ADDRESS_PACE = Pace(free=20, lock_at=100)  # many people may share one


class Attempts(Struct, frozen=True, kw_only=True):
    """The failures of one account or address, the try that is under way among them."""

    id: str
    failures: int
    tried_at: datetime
    blocked_until: datetime
    kept_until: datetime

    def is_forgotten(self, now: datetime) -> bool:
        return now >= self.kept_until

    @classmethod
    def with_another(cls, before: Attempts | None, key: str, pace: Pace, now: datetime) -> Attempts:
        """After one more failure than before."""
        failures = 1 if before is None or before.is_forgotten(now) else before.failures + 1
        blocked_until = now + pace.pause_after(failures)
        return cls(
            id=key, failures=failures, tried_at=now, blocked_until=blocked_until, kept_until=blocked_until + REMEMBERED
        )


class AttemptStore(Protocol):
    """Where failures are kept, for all processes and across restarts."""

    async def find_attempts(self, key: str) -> Attempts | None: ...

    async def save_attempts(self, before: Attempts | None, after: Attempts) -> bool:
        """False, and nothing stored, if what is kept is no longer `before`."""

    async def take_back(self, before: Attempts | None, after: Attempts) -> None:
        """Undoes one `save_attempts`; failures that others added stay."""

    async def forget(self, key: str) -> None: ...

    async def forget_everywhere(self, key: str) -> None:
        """The failures of that account at every place; where the owner signed in before stays known."""

    async def is_known(self, place: str, now: datetime) -> bool:
        """Whether `note_known` named it and its time is not over."""

    async def note_known(self, place: str, until: datetime) -> None: ...


class Try(NamedTuple):
    """One counter before and after a try."""

    before: Attempts | None
    after: Attempts


class Admission(NamedTuple):
    """A try that may be made. It counts as a failure until it is forgiven."""

    account: Try
    address: Try
    place: str

    @property
    def blocked_until(self) -> datetime:
        """When the next try may be made, if this one fails."""
        return max(self.account.after.blocked_until, self.address.after.blocked_until)

    @property
    def is_last(self) -> bool:
        """Whether nothing is tried for a while, captcha or not, if this one fails."""
        return ACCOUNT_PACE.locks_at(self.account.after.failures) or ADDRESS_PACE.locks_at(self.address.after.failures)


class LoginGuard:
    """Lets tries through. A try is counted before it is made, so that many at once are no more than one after the other.

    Where the owner has signed in before, an account has a counter of its own: who guesses elsewhere cannot lock them out,
    minutes before an auction ends.
    """

    def __init__(self, attempts: AttemptStore, clock: Clock):
        self._attempts = attempts
        self._clock = clock
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def admit(self, account: str, address: str, *, has_captcha: bool = False) -> Admission:
        """Raises LoginBlocked. The account's name counts whether or not it exists."""
        network = network_of(address)
        place = f"{account}@{network}"
        at_address = await self._count(f"address:{network}", ADDRESS_PACE, has_captcha)
        whose = place if await self._attempts.is_known(place, self._clock.now()) else account
        try:
            at_account = await self._count(f"account:{whose}", ACCOUNT_PACE, has_captcha)
        except LoginBlocked:
            await self._attempts.take_back(*at_address)  # nothing is tried: who shares the address does not wait for it
            raise
        return Admission(at_account, at_address, place)

    async def forgive(self, admission: Admission) -> None:
        """The try succeeded: the account starts anew; the address, which may be a guesser's too, is where it was before."""
        await self._attempts.forget(admission.account.after.id)
        await self._attempts.take_back(*admission.address)
        await self._attempts.note_known(admission.place, self._clock.now() + KNOWN)

    async def clear(self, account: str) -> None:
        """Every lock on the account is lifted."""
        await self._attempts.forget_everywhere(f"account:{account}")

    async def take_back(self, admission: Admission) -> None:
        """The try was not made after all."""
        for one in (admission.account, admission.address):
            await self._attempts.take_back(*one)

    async def _count(self, key: str, pace: Pace, has_captcha: bool) -> Try:
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            for _ in range(TRIES_TO_SAVE):
                before, now = await self._attempts.find_attempts(key), self._clock.now()
                if before is not None and now < before.blocked_until:
                    is_locked = pace.locks_at(before.failures)
                    if is_locked or not has_captcha:
                        raise LoginBlocked(before.blocked_until, now, is_locked=is_locked)
                after = Attempts.with_another(before, key, pace, now)
                if await self._attempts.save_attempts(before, after):
                    return Try(before, after)
        raise LoginBlocked(now + timedelta(seconds=1), now, is_locked=True)


def seconds_to(moment: datetime, now: datetime) -> int:
    """Whole seconds after which it has come; at least one."""
    return max(1, -((now - moment) // timedelta(seconds=1)))


def network_of(address: str) -> str:
    """What counts as one address: an IPv6 customer has a whole /64."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
    return str(parsed)

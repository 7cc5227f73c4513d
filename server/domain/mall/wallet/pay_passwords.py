"""The pay password: what a member gives besides their login when money leaves the wallet, where the shop asks for it."""
from __future__ import annotations

from typing import Protocol

from server.domain.accounts.attempts import LoginGuard
from server.domain.accounts.passwords import MAX_PASSWORD_CHARACTERS, Hasher, tidy_password
from server.domain.accounts.user_service import UserService
from server.domain.errors import Conflict, InvalidInput, Unavailable
from server.domain.mall.members import NotRegistered
from server.domain.mall.mobiles import mobile_identity
from server.domain.mall.settings import Settings
from server.domain.mall.verification import VerificationService

MIN_CHARACTERS = 6
ASKED_FOR = "balance_pay_pwd"  # the setting


class PayPasswordMissing(Conflict):
    """The member has none yet, or gave none."""


class PayPasswordThere(Conflict):
    """One is set already: it is changed by who knows it, or reset."""


class PayPasswordWrong(Conflict):
    """It is another."""


class PayPasswordStore(Protocol):
    """Where hashes are kept, apart from those who have them."""

    async def find_hash(self, user_id: int) -> str | None: ...

    async def add_hash(self, user_id: int, new: str) -> bool:
        """False if there is one."""

    async def replace_hash(self, user_id: int, old: str, new: str) -> bool:
        """False if it is no longer the old one."""

    async def put_hash(self, user_id: int, new: str) -> None:
        """Whatever it was."""


class PayPasswordService:
    """Sets and checks pay passwords. Tries are counted as those of sign-ins are: slowed down, then stopped for a while. Each member's count
    alone: they are signed in, and who guesses at the same address, a shop's that all buyers share, keeps nobody from paying.
    """

    def __init__(
        self,
        kept: PayPasswordStore,
        hasher: Hasher,
        guard: LoginGuard,
        verification: VerificationService,
        users: UserService,
        settings: Settings,
    ):
        self._kept = kept
        self._hasher = hasher
        self._guard = guard
        self._verification = verification
        self._users = users
        self._settings = settings

    async def has_one(self, user_id: int) -> bool:
        return await self._kept.find_hash(user_id) is not None

    async def set(self, user_id: int, password: str) -> None:
        """The first one. Raises InvalidInput, PayPasswordThere and Unavailable."""
        password = _tidy(password, "pwd")
        if await self.has_one(user_id):
            raise PayPasswordThere()  # before the work of a hash
        if not await self._kept.add_hash(user_id, await self._hasher.hash(password)):
            raise PayPasswordThere()

    async def modify(self, user_id: int, old: str, new: str) -> None:
        """Raises InvalidInput, PayPasswordMissing, PayPasswordWrong, LoginBlocked and Unavailable."""
        new = _tidy(new, "pwdNew")
        known = await self._prove(user_id, old)
        if not await self._kept.replace_hash(user_id, known, await self._hasher.hash(new)):
            raise PayPasswordWrong()  # it was changed meanwhile

    async def reset(self, mobile: str, code: str, password: str) -> None:
        """Of the member who has the number, by the code that was sent there. Raises as MobileLogin.reset_password."""
        password = _tidy(password, "pwd")
        await self._verification.spend_sms(mobile, code)
        user = await self._users.find_by_identity(mobile_identity(mobile))
        if user is None:
            raise NotRegistered("user")
        await self._kept.put_hash(user.id, await self._hasher.hash(password))
        await self._guard.clear(_account(user.id))

    async def check_if_asked_for(self, user_id: int, password: str) -> None:
        """Nothing where the shop asks for none. Raises PayPasswordMissing, PayPasswordWrong, LoginBlocked and Unavailable."""
        if (await self._settings.get_value(ASKED_FOR)).strip() == "1":
            await self._prove(user_id, password)

    async def _prove(self, user_id: int, password: str) -> str:
        """The hash that it has."""
        known = await self._kept.find_hash(user_id)
        if known is None or not password:
            raise PayPasswordMissing()
        admission = await self._guard.admit(_account(user_id), _account(user_id))
        try:
            is_right = await self._hasher.verify(known, tidy_password(password))
        except Unavailable:
            await self._guard.take_back(admission)
            raise
        if not is_right:
            raise PayPasswordWrong()
        await self._guard.forgive(admission)
        return known


def _account(user_id: int) -> str:
    """As tries are counted: apart from those of signing in."""
    return f"pay:{user_id}"


def _tidy(password: str, field: str) -> str:
    """Raises InvalidInput."""
    tidy = tidy_password(password)
    if len(tidy) < MIN_CHARACTERS:
        raise InvalidInput({field: [f"too_short:{MIN_CHARACTERS}"]})
    if len(tidy) > MAX_PASSWORD_CHARACTERS:
        raise InvalidInput({field: [f"too_long:{MAX_PASSWORD_CHARACTERS}"]})
    return tidy

"""Telephone number and password as a way in: registering, signing in, and a password that was forgotten."""
from __future__ import annotations

from msgspec import Struct

from server.domain.accounts.claims import Checked
from server.domain.accounts.password_login import WrongCredentials
from server.domain.accounts.profiles import PHONE
from server.domain.accounts.user_service import UserService
from server.domain.accounts.users import User
from server.domain.errors import InvalidInput
from server.domain.mall.members import AlreadyRegistered, MemberChange, MemberService, NotRegistered, SignedIn, Source
from server.domain.mall.mobiles import MallPasswords, MobileService, mobile_identity
from server.domain.mall.verification import VerificationService


class MobileRegistration(Struct, frozen=True, kw_only=True):
    """Who registers. `profile`: what they tell of themselves at once. `signs_in`: whether they are let in at once, as members too."""

    mobile: str
    password: str
    code: str
    profile: MemberChange
    referrer_id: int | None = None
    signs_in: bool = False


class MobileLogin:
    """Ways in by a number. Whoever shows a code that was sent there has the number; the code is spent by it, whatever comes of it."""

    def __init__(
        self,
        verification: VerificationService,
        mobiles: MobileService,
        users: UserService,
        members: MemberService,
        passwords: MallPasswords,
    ):
        self._verification = verification
        self._mobiles = mobiles
        self._users = users
        self._members = members
        self._passwords = passwords

    async def register(self, wanted: MobileRegistration, address: str) -> SignedIn | None:
        """A new member with that password; signed in if they want it. Who is a member already is signed in then, by the code.

        Raises AlreadyRegistered of a member who does not want that, InvalidInput, CodeWrong, CodeExpired, UserBanned and Unavailable.
        """
        check_mobile(wanted.mobile)
        self._passwords.check(wanted.password)
        wanted.profile.tidy(None)
        await self._verification.spend_sms(wanted.mobile, wanted.code)
        user = await self._users.find_by_identity(mobile_identity(wanted.mobile))
        if user is not None and not wanted.signs_in:
            raise AlreadyRegistered()
        if user is None:
            user = await self._add(wanted, address)
        if not wanted.signs_in:
            return None
        return SignedIn(user, await self._members.let_in(user, address, Source.MOBILE))

    async def log_in(self, mobile: str, password: str, address: str) -> SignedIn:
        """Raises NotRegistered, WrongCredentials, LoginBlocked, UserBanned and Unavailable.

        A number that nobody has costs the same time and tries as a wrong password; that nobody has it is told all the same: the
        mini-program offers to register.
        """
        identity = mobile_identity(mobile)
        try:
            user = await self._passwords.prove(identity, password, address)
        except WrongCredentials:
            if await self._users.find_by_identity(identity) is None:
                raise NotRegistered("user") from None
            raise
        return SignedIn(user, await self._members.let_in(user, address, Source.MOBILE))

    async def reset_password(self, mobile: str, password: str, code: str) -> None:
        """Ends all logins of who has the number. Raises NotRegistered, InvalidInput, CodeWrong, CodeExpired and Unavailable."""
        self._passwords.check(password)
        await self._verification.spend_sms(mobile, code)
        user = await self._users.find_by_identity(mobile_identity(mobile))
        if user is None:
            raise NotRegistered("user")
        await self._passwords.set_password(user.id, password)
        await self._passwords.forgive(mobile_identity(mobile))

    async def bind(self, caller: Checked, mobile: str, code: str, password: str | None) -> str:
        """The number, which is the caller's from now on. Raises MobileTaken, InvalidInput, CodeWrong, CodeExpired and Unavailable."""
        check_mobile(mobile)
        if password is not None:
            self._passwords.check(password)
        await self._verification.spend_sms(mobile, code)
        return await self._mobiles.bind(caller, mobile, password)

    async def _add(self, wanted: MobileRegistration, address: str) -> User:
        password_hash = await self._passwords.hash(wanted.password)  # before there is a user: it may be too much to do now
        user = await self._users.add(mobile_identity(wanted.mobile), "", phone=wanted.mobile)
        await self._passwords.keep_hash(user.id, password_hash)
        await self._members.join(user.id, address, Source.MOBILE, wanted.referrer_id)
        await self._members.change(user, wanted.profile)
        return user


def check_mobile(mobile: str) -> None:
    """Raises InvalidInput."""
    if not PHONE.fullmatch(mobile):
        raise InvalidInput({"mobile": ["wrong_form"]})

"""Names that a code proves as a way in: a telephone number, or a mail address. Registering, signing in, and a forgotten password."""
from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from server.domain.accounts.claims import Checked
from server.domain.accounts.password_login import WrongCredentials
from server.domain.accounts.profiles import EMAIL, PHONE
from server.domain.accounts.user_service import UserService
from server.domain.accounts.users import IdentityTaken, User
from server.domain.errors import Conflict, InvalidInput
from server.domain.mall.members import AlreadyRegistered, MemberChange, MemberService, NotRegistered, SignedIn, Source
from server.domain.mall.mobiles import MallPasswords, MobileService, mobile_identity
from server.domain.mall.verification import VerificationService


class MailTaken(Conflict):
    """Somebody else signs in by this mail address."""


class Registration(Struct, frozen=True, kw_only=True):
    """Who registers. `profile`: what they tell of themselves at once. `signs_in`: whether they are let in at once, as members too."""

    name: str
    password: str
    code: str = ""
    profile: MemberChange
    referrer_id: int | None = None
    signs_in: bool = False


class ProvenWay(Protocol):
    """A kind of name that a code proves."""

    source: Source
    tells_unknown: bool  # whether a sign-in says that nobody has the name

    def check(self, name: str) -> None:
        """Raises InvalidInput."""

    def identity(self, name: str) -> str:
        """One for all ways to write it."""

    async def spend(self, name: str, code: str) -> None:
        """Raises CodeWrong, CodeExpired and Unavailable."""

    async def add(self, name: str) -> User:
        """The user of that name, made now or there before. Raises UserBanned."""

    async def bind(self, caller: Checked, name: str) -> None:
        """Raises MobileTaken or MailTaken."""


class MobileWay:
    """Implements ProvenWay: telephone numbers."""

    source = Source.MOBILE
    tells_unknown = True  # the mini-program offers to register

    def __init__(self, verification: VerificationService, mobiles: MobileService, users: UserService):
        self._verification = verification
        self._mobiles = mobiles
        self._users = users

    def check(self, name: str) -> None:
        if not PHONE.fullmatch(name):
            raise InvalidInput({"mobile": ["wrong_form"]})

    def identity(self, name: str) -> str:
        return mobile_identity(name)

    async def spend(self, name: str, code: str) -> None:
        await self._verification.spend_sms(name, code)

    async def add(self, name: str) -> User:
        return await self._users.add(self.identity(name), "", phone=name)

    async def bind(self, caller: Checked, name: str) -> None:
        await self._mobiles.bind(caller, name)


class MailWay:
    """Implements ProvenWay: mail addresses."""

    source = Source.MAIL
    tells_unknown = False

    def __init__(self, verification: VerificationService, users: UserService):
        self._verification = verification
        self._users = users

    def check(self, name: str) -> None:
        if not EMAIL.fullmatch(name):
            raise InvalidInput({"email": ["wrong_form"]})

    def identity(self, name: str) -> str:
        return f"email:{name.strip().lower()}"

    async def spend(self, name: str, code: str) -> None:
        await self._verification.spend_mail(name, code)

    async def add(self, name: str) -> User:
        return await self._users.add(self.identity(name), "", email=name)

    async def bind(self, caller: Checked, name: str) -> None:
        try:
            await self._users.bind_identity(caller.user.id, self.identity(name), email=name)
        except IdentityTaken:
            raise MailTaken() from None


class ProvenLogin:
    """Ways in by such a name. Whoever shows a code that was sent there has it; the code is spent by it, whatever comes of it."""

    def __init__(self, way: ProvenWay, users: UserService, members: MemberService, passwords: MallPasswords):
        self._way = way
        self._users = users
        self._members = members
        self._passwords = passwords

    async def register(self, wanted: Registration, address: str) -> SignedIn | None:
        """A new member with that password; signed in if they want it. Who is a member already is signed in then, by the code.

        Raises AlreadyRegistered of a member who does not want that, InvalidInput, CodeWrong, CodeExpired, UserBanned and Unavailable.
        """
        self._way.check(wanted.name)
        self._passwords.check(wanted.password)
        wanted.profile.tidy(None)
        await self._way.spend(wanted.name, wanted.code)
        user = await self._users.find_by_identity(self._way.identity(wanted.name))
        if user is not None and not wanted.signs_in:
            raise AlreadyRegistered()
        if user is None:
            user = await self._add(wanted, address)
        if not wanted.signs_in:
            return None
        return SignedIn(user, await self._members.let_in(user, address, self._way.source))

    async def log_in(self, name: str, password: str, address: str) -> SignedIn:
        """Raises WrongCredentials, LoginBlocked, UserBanned and Unavailable; NotRegistered where that is told.

        A name that nobody has costs the same time and tries as a wrong password.
        """
        identity = self._way.identity(name)
        try:
            user = await self._passwords.prove(identity, password, address)
        except WrongCredentials:
            if self._way.tells_unknown and await self._users.find_by_identity(identity) is None:
                raise NotRegistered("user") from None
            raise
        return SignedIn(user, await self._members.let_in(user, address, self._way.source))

    async def reset_password(self, name: str, password: str, code: str) -> None:
        """Ends all logins of who has the name. Raises NotRegistered, InvalidInput, CodeWrong, CodeExpired and Unavailable."""
        self._passwords.check(password)
        await self._way.spend(name, code)
        user = await self._users.find_by_identity(self._way.identity(name))
        if user is None:
            raise NotRegistered("user")
        await self._passwords.set_password(user.id, password)
        await self._passwords.forgive(self._way.identity(name))

    async def bind(self, caller: Checked, name: str, code: str, password: str | None) -> str:
        """The name, which is the caller's from now on; the login that they ask with goes on.

        Raises MobileTaken, MailTaken, InvalidInput, CodeWrong, CodeExpired and Unavailable.
        """
        self._way.check(name)
        if password is not None:
            self._passwords.check(password)
        await self._way.spend(name, code)
        await self._way.bind(caller, name)
        if password is not None:
            await self._passwords.set_password(caller.user.id, password, keep=caller.claims)
        return name

    async def _add(self, wanted: Registration, address: str) -> User:
        password_hash = await self._passwords.hash(wanted.password)  # before there is a user: it may be too much to do now
        user = await self._way.add(wanted.name)
        await self._passwords.keep_hash(user.id, password_hash)
        await self._members.join(user.id, address, self._way.source, wanted.referrer_id)
        await self._members.change(user, wanted.profile)
        return user

"""Telephone numbers as a way in, and WeChat as another: bound to a member once shown to be theirs; and passwords for the mall."""
from __future__ import annotations

from server.domain.accounts.attempts import LoginGuard
from server.domain.accounts.claims import Checked, Claims
from server.domain.accounts.password_login import PasswordLoginService
from server.domain.accounts.passwords import MAX_PASSWORD_CHARACTERS, Hasher, PasswordStore, tidy_password
from server.domain.accounts.phones import PhoneCodes
from server.domain.accounts.tokens import TokenService
from server.domain.accounts.user_service import UserService
from server.domain.accounts.users import IdentityTaken, User
from server.domain.accounts.wechat_login import Codes, OpenIdMismatch, PhoneCodeRefused
from server.domain.errors import Conflict, InvalidInput
from server.domain.events import UserSessionsEnded
from server.domain.mall.members import MemberService, NotRegistered, SignedIn, Source, open_id_of
from server.domain.mall.verification import plain_mobile

MIN_PASSWORD_CHARACTERS = 6  # as the mini-program asks for


class MobileTaken(Conflict):
    """Somebody else has this number."""


class OpenIdTaken(Conflict):
    """Somebody else signs in by this WeChat account."""


def mobile_identity(mobile: str) -> str:
    """One for all ways to write a number."""
    return "mobile:" + plain_mobile(mobile)


class MallPasswords:
    """Passwords that are good for the mall: shorter than the accounts' may be, and kept apart from those."""

    def __init__(
        self, passwords: PasswordStore, login: PasswordLoginService, hasher: Hasher, guard: LoginGuard, tokens: TokenService
    ):
        self._passwords = passwords
        self._login = login
        self._hasher = hasher
        self._guard = guard
        self._tokens = tokens

    async def set_password(self, user_id: int, password: str, *, keep: Claims | None = None) -> None:
        """Whatever it was; ends all logins of the user but the one to keep. Raises InvalidInput and Unavailable."""
        await self.keep_hash(user_id, await self.hash(password), keep=keep)

    async def hash(self, password: str) -> str:
        """Of a password that may be one. Raises InvalidInput and Unavailable."""
        self.check(password)
        return await self._hasher.hash(tidy_password(password))

    async def add_user(self, user: User, password: str) -> None:
        """A new one, with that password. Raises InvalidInput, UsernameTaken and Unavailable."""
        await self._passwords.add_user(user, await self.hash(password))

    async def keep_hash(self, user_id: int, password_hash: str, *, keep: Claims | None = None) -> None:
        """As `set_password`, once it is hashed."""
        kept = keep.login_id if keep is not None else None
        await self._passwords.set_password(user_id, password_hash, keep_login_id=kept)
        self._tokens.announce(UserSessionsEnded(user_id=user_id, kept_login_id=kept))

    async def forgive(self, identity: str) -> None:
        """Who guessed at the password of before locks nobody out any more."""
        await self._guard.clear(identity)

    async def prove(self, identity: str, password: str, address: str) -> User:
        """Raises WrongCredentials, LoginBlocked and Unavailable."""
        return await self._login.prove(identity, password, address)

    @staticmethod
    def check(password: str) -> None:
        """Raises InvalidInput."""
        length = len(tidy_password(password))
        if length < MIN_PASSWORD_CHARACTERS:
            raise InvalidInput({"pwd": [f"too_short:{MIN_PASSWORD_CHARACTERS}"]})
        if length > MAX_PASSWORD_CHARACTERS:
            raise InvalidInput({"pwd": [f"too_long:{MAX_PASSWORD_CHARACTERS}"]})


class MobileService:
    """Numbers that WeChat's button tells, in its form of 2021 and in today's."""

    def __init__(self, codes: Codes, phones: PhoneCodes, users: UserService, members: MemberService, passwords: MallPasswords):
        self._codes = codes
        self._phones = phones
        self._users = users
        self._members = members
        self._passwords = passwords

    async def bind_told(self, caller: Checked, code: str, password: str | None = None) -> str:
        """The number of today's button. Raises MobileTaken, PhoneCodeRefused, CodesTooFrequent, InvalidInput and Unavailable."""
        if password is not None:
            self._passwords.check(password)
        return await self.bind(caller, await self._phones.find_phone(code), password)

    async def bind_sealed(self, caller: Checked, code: str, iv: str, sealed: str, password: str | None = None) -> str:
        """The number that the button of 2021 seals. Raises as `bind_told`, LoginRefused and OpenIdMismatch."""
        if password is not None:
            self._passwords.check(password)
        opened = await self._codes.open_sealed(code, iv, sealed)
        known = [one for one in caller.user.identities if one.startswith("wechat:")]
        if opened.identity is not None and known and opened.identity not in known:
            raise OpenIdMismatch()
        if not opened.phone:
            raise PhoneCodeRefused()
        return await self.bind(caller, opened.phone, password)

    async def bind(self, caller: Checked, mobile: str, password: str | None = None) -> str:
        """A number that the caller has shown to be theirs, in place of the one of before; the login that they ask with goes on.

        Raises MobileTaken and InvalidInput.
        """
        try:
            await self._users.bind_identity(caller.user.id, mobile_identity(mobile), phone=mobile)
        except IdentityTaken:
            raise MobileTaken() from None
        if password is not None:
            await self._passwords.set_password(caller.user.id, password, keep=caller.claims)
        return mobile

    async def find_receiver(self, user_id: int | None, mobile: str) -> User | None:
        """Whom something can be sent to: a user by the number, or who has bound that telephone. Nobody who is gone."""
        if user_id is not None:
            found = await self._users.find_user(user_id)
            return None if found is None or found.is_gone else found
        return await self._users.find_by_identity(mobile_identity(mobile)) if mobile else None

    async def bind_open_id(self, caller: User, code: str) -> None:
        """Signs in by that WeChat account from now on. Raises OpenIdTaken, LoginRefused, CodesTooFrequent and Unavailable."""
        visitor = await self._codes.identify(code, "", "")
        try:
            await self._users.bind_identity(caller.id, visitor.identity)
        except IdentityTaken:
            raise OpenIdTaken() from None

    async def log_in(
        self, code: str, mobile_code: str, address: str, *, may_register: bool, referrer_id: int | None = None
    ) -> SignedIn:
        """By WeChat and a number together: whoever has either of them has both afterwards, unless another has the other.

        Raises NotRegistered unless who is new may register; LoginRefused, PhoneCodeRefused, CodesTooFrequent, UserBanned, Unavailable.
        """
        visitor = await self._codes.identify(code, "", "")
        mobile = await self._phones.find_phone(mobile_code)
        user = await self._find_or_add(visitor.identity, visitor.nickname, mobile, may_register=may_register)
        token = await self._members.let_in(user, address, Source.MINI_PROGRAM, referrer_id)
        return SignedIn(user, token, open_id_of(visitor.identity))

    async def decode(self, code: str, iv: str, sealed: str) -> dict[str, object]:
        """What WeChat sealed for who has the code. Raises LoginRefused, CodesTooFrequent, InvalidInput and Unavailable."""
        return (await self._codes.open_sealed(code, iv, sealed)).content

    async def _find_or_add(self, identity: str, nickname: str, mobile: str, *, may_register: bool) -> User:
        by_wechat = await self._users.find_by_identity(identity)
        by_mobile = await self._users.find_by_identity(mobile_identity(mobile))
        user = by_wechat or by_mobile
        if user is None and not may_register:
            raise NotRegistered("user")
        if user is None:
            user = await self._users.sign_in(identity, nickname, "")
        if by_mobile is None:
            try:
                return await self._users.bind_identity(user.id, mobile_identity(mobile), phone=mobile)
            except IdentityTaken:
                return user  # by somebody else at the same moment
        has_wechat = any(open_id_of(one) is not None for one in user.identities)
        return user if has_wechat else await self._users.bind_identity(user.id, identity)

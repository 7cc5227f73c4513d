"""Accounts elsewhere as a way in: WeChat in an app, QQ, Alipay. Each is asked who somebody is; nobody is believed on their own word."""
from __future__ import annotations

import logging
from typing import Protocol

from msgspec import Struct

from server.domain.accounts.names import tidy_name
from server.domain.accounts.user_service import UserService
from server.domain.accounts.users import IdentityTaken, User
from server.domain.accounts.wechat_login import LoginRefused, Opened, Visitor
from server.domain.errors import Conflict
from server.domain.mall.members import AlreadyRegistered, MemberChange, MemberService, NotRegistered, SignedIn, Source

log = logging.getLogger(__name__)


class OutsideRefused(LoginRefused):
    """Whoever was asked does not know this code or token, or gave it to another app or person."""


class OutsideClosed(Conflict):
    """Nobody signs in that way here."""


class OutsideTaken(Conflict):
    """Somebody else signs in by that account."""


class Credential(Struct, frozen=True, kw_only=True):
    """What a client was given elsewhere. `open_id` and `app_id`: whose and which app's it says that it is, where it says so."""

    code: str
    open_id: str = ""
    app_id: str = ""


class OutsideAccounts(Protocol):
    """Knows whom a credential stands for."""

    async def identify(self, given: Credential) -> Visitor:
        """Raises OutsideRefused, OutsideClosed, CodesTooFrequent, InvalidInput and Unavailable."""


class SandboxAccounts:
    """Takes any code as the account of that name; for development. Implements OutsideAccounts."""

    def __init__(self, kind: str, setting: str):
        """Says in the log that it stands open."""
        self._kind = kind
        log.warning("%s sandbox: without %s anybody signs in as any account of it by naming that as the code", kind, setting)

    async def identify(self, given: Credential) -> Visitor:
        name = tidy_name(given.code, "code")
        return Visitor(identity=f"{self._kind}-sandbox:{name}", nickname=name)


class ClosedAccounts:
    """A way that is not open. Implements OutsideAccounts."""

    async def identify(self, given: Credential) -> Visitor:
        raise OutsideClosed()


class ClosedCodes:
    """The same for codes of a mini-program. Implements Codes."""

    async def identify(self, code: str, iv: str, encrypted_data: str) -> Visitor:
        raise OutsideClosed()

    async def open_sealed(self, code: str, iv: str, encrypted_data: str) -> Opened:
        raise OutsideClosed()


class OutsideLogin:
    """One such way in."""

    def __init__(self, accounts: OutsideAccounts, source: Source, users: UserService, members: MemberService):
        self._accounts = accounts
        self._source = source
        self._users = users
        self._members = members

    async def log_in(self, given: Credential, address: str) -> SignedIn:
        """Raises NotRegistered, UserBanned, and what `OutsideAccounts.identify` raises."""
        visitor = await self._accounts.identify(given)
        user = await self._users.find_by_identity(visitor.identity)
        if user is None:
            raise NotRegistered("user")
        return await self._let_in(user, visitor, address, None)

    async def register(
        self, given: Credential, address: str, *, referrer_id: int | None = None, extensions: dict[str, str]
    ) -> SignedIn:
        """A new member. Raises AlreadyRegistered, UserBanned, and what `OutsideAccounts.identify` raises."""
        visitor = await self._accounts.identify(given)
        known = await self._users.find_by_identity(visitor.identity)
        if known is not None and await self._members.find_member(known.id) is not None:
            raise AlreadyRegistered()
        user = await self._users.sign_in(visitor.identity, visitor.nickname, visitor.avatar)
        signed_in = await self._let_in(user, visitor, address, referrer_id)
        if extensions:
            await self._members.change(user, MemberChange(extensions=extensions))
        return signed_in

    async def bind(self, caller: User, given: Credential) -> None:
        """Signs in by that account from now on. Raises OutsideTaken, and what `OutsideAccounts.identify` raises."""
        visitor = await self._accounts.identify(given)
        try:
            await self._users.bind_identity(caller.id, visitor.identity)
        except IdentityTaken:
            raise OutsideTaken() from None

    async def _let_in(self, user: User, visitor: Visitor, address: str, referrer_id: int | None) -> SignedIn:
        token = await self._members.let_in(user, address, self._source, referrer_id)
        return SignedIn(user, token, visitor.identity.partition(":")[2])

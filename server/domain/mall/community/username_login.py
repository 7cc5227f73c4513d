"""User names as a way in. They are the accounts' own: one name leads to one person, here and in the auction."""
from __future__ import annotations

from server.domain.accounts.claims import Checked
from server.domain.accounts.password_login import WrongCredentials
from server.domain.accounts.user_service import UserService
from server.domain.accounts.usernames import UsernameTaken, check_username, username_identity
from server.domain.accounts.users import IdentityTaken
from server.domain.errors import Conflict
from server.domain.mall.members import AlreadyRegistered, MemberService, SignedIn, Source
from server.domain.mall.mobiles import MallPasswords
from server.domain.mall.proven_login import Registration


class UsernameSet(Conflict):
    """The member has another user name: names are not given out twice, so it stays theirs."""


class UsernameLogin:
    """Registering and signing in by a name that nothing proves but the password."""

    def __init__(self, users: UserService, members: MemberService, passwords: MallPasswords):
        self._users = users
        self._members = members
        self._passwords = passwords

    async def register(self, wanted: Registration, address: str) -> SignedIn | None:
        """A new member with that password; signed in if they want it. Who has that name and password already is signed in then.

        Raises AlreadyRegistered, LoginBlocked, InvalidInput, UserBanned and Unavailable.
        """
        check_username(wanted.name)
        self._passwords.check(wanted.password)
        wanted.profile.tidy(None)
        identity = username_identity(wanted.name)
        if await self._users.find_by_identity(identity) is not None:
            return await self._let_in_again(wanted, address)
        made = await self._users.make(identity, "", username=wanted.name)
        try:
            await self._passwords.add_user(made, wanted.password)
        except UsernameTaken:
            return await self._let_in_again(wanted, address)
        await self._members.join(made.id, address, Source.USERNAME, wanted.referrer_id)
        await self._members.change(made, wanted.profile)
        if not wanted.signs_in:
            return None
        return SignedIn(made, await self._members.let_in(made, address, Source.USERNAME))

    async def log_in(self, username: str, password: str, address: str) -> SignedIn:
        """Raises WrongCredentials, LoginBlocked, UserBanned and Unavailable."""
        user = await self._passwords.prove(username_identity(username), password, address)
        return SignedIn(user, await self._members.let_in(user, address, Source.USERNAME))

    async def bind(self, caller: Checked, username: str, password: str | None) -> None:
        """Theirs from now on; the login that they ask with goes on. Raises InvalidInput, UsernameSet, UsernameTaken and Unavailable."""
        check_username(username)
        if password is not None:
            self._passwords.check(password)
        identity, user = username_identity(username), await self._users.get_user(caller.user.id)
        if user.username and username_identity(user.username) != identity:
            raise UsernameSet()
        try:
            await self._users.bind_identity(user.id, identity, username=username)
        except IdentityTaken:
            raise UsernameTaken() from None
        if password is not None:
            await self._passwords.set_password(user.id, password, keep=caller.claims)

    async def _let_in_again(self, wanted: Registration, address: str) -> SignedIn:
        if wanted.signs_in:
            try:
                return await self.log_in(wanted.name, wanted.password, address)
            except WrongCredentials:
                pass
        raise AlreadyRegistered()

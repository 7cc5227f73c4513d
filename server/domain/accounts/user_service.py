"""Signing in, and what becomes of users."""
from __future__ import annotations

from msgspec.structs import replace

from server.domain.accounts.claims import AccessToken
from server.domain.accounts.names import NAME_WITHHELD, made_name, tidy_name, told_name
from server.domain.accounts.tokens import TokenService
from server.domain.accounts.users import Role, User, UserBanned, UserStore, erased_identity
from server.domain.clock import Clock
from server.domain.events import UserSessionsEnded


class UserService:
    """Users and what may become of them."""

    def __init__(self, users: UserStore, tokens: TokenService, clock: Clock):
        self._users = users
        self._tokens = tokens
        self._clock = clock

    async def get_user(self, user_id: int) -> User:
        """Raises NotFound."""
        return await self._users.get_user(user_id)

    async def find_user(self, user_id: int) -> User | None:
        return (await self._users.find_users([user_id])).get(user_id)

    async def find_by_identity(self, identity: str) -> User | None:
        return await self._users.find_user_by_identity(identity)

    async def sign_in(self, identity: str, nickname: str, avatar: str) -> User:
        """The user of that identity, made at the first sign-in, exactly once; later ones change neither name nor picture.

        Who tells no name is given one that nobody else has. Raises UserBanned for who was erased while banned; whether a user
        is banned is left to the tokens.
        """
        user = await self._users.find_user_by_identity(identity)
        if user is None:
            await self._refuse_if_banned(identity)
            user = await self._add(identity, told_name(nickname), avatar)
        if user.nickname == NAME_WITHHELD:
            name = made_name(user.id)
            await self._users.rename(user.id, NAME_WITHHELD, name)
            user = replace(user, nickname=name)
        return user

    async def bind_identity(
        self, user_id: int, identity: str, *, phone: str | None = None, email: str | None = None, username: str | None = None
    ) -> User:
        """Another way in for the same person, and what they are reached by then. Raises NotFound, and IdentityTaken if it is another's."""
        given = {"phone": phone, "email": email, "username": username}
        told = {name: text for name, text in given.items() if text is not None}
        bound = await self._users.bind_identity(user_id, identity, told)
        self._tokens.announce_change(user_id)
        return bound

    async def add(self, identity: str, nickname: str, *, phone: str = "", email: str = "") -> User:
        """The user of that identity, made now or there before. Raises UserBanned for who was erased while banned."""
        return await self._users.add_or_find(await self.make(identity, nickname, phone=phone, email=email))

    async def make(self, identity: str, nickname: str, *, phone: str = "", email: str = "", username: str = "") -> User:
        """One who is not kept yet. Raises UserBanned for who was erased while banned."""
        await self._refuse_if_banned(identity)
        return await self._make(identity, told_name(nickname), "", phone=phone, email=email, username=username)

    async def make_operator(self, name: str, role: Role = Role.OPERATOR) -> AccessToken:
        """As `reset_operator`; gives a fresh token, which is good for everything: who calls this has the machine. Raises InvalidInput."""
        return self._tokens.issue(await self.reset_operator(name, role), has_second_factor=True)

    async def reset_operator(self, name: str, role: Role) -> User:
        """Makes the operator of that name, or resets them: no ban, no token, that role too. Raises InvalidInput."""
        name = tidy_name(name, "name")
        identity = f"operator:{name}"
        user = await self._users.find_user_by_identity(identity) or await self._add(identity, name, "")
        operator = await self._users.reset_operator(user.id, role)
        self._tokens.announce(UserSessionsEnded(user_id=operator.id))
        return operator

    async def ban(self, user_id: int) -> None:
        """Refuses the user everywhere from now on and ends their tokens for good. Raises NotFound."""
        await self._users.ban_user(user_id)
        self._tokens.announce(UserSessionsEnded(user_id=user_id, is_banned=True))

    async def unban(self, user_id: int) -> None:
        """Lets the user sign in again, as somebody new if they were erased; the tokens of before stay ended. Raises NotFound."""
        await self._users.unban_user(user_id)

    async def _refuse_if_banned(self, identity: str) -> None:
        erased = await self._users.find_user_by_identity(erased_identity(identity))
        if erased is not None and erased.is_banned:
            raise UserBanned()

    async def _add(self, identity: str, nickname: str, avatar: str) -> User:
        return await self._users.add_or_find(await self._make(identity, nickname, avatar))

    async def _make(
        self, identity: str, nickname: str, avatar: str, *, phone: str = "", email: str = "", username: str = ""
    ) -> User:
        number = await self._users.next_id()
        return User(
            id=number,
            nickname=nickname or made_name(number),
            avatar=avatar,
            identities=(identity,),
            created_at=self._clock.now(),
            phone=phone,
            email=email,
            username=username,
        )

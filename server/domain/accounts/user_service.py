"""Signing in, and what becomes of users."""
from __future__ import annotations

from msgspec.structs import replace

from server.domain.accounts.claims import AccessToken
from server.domain.accounts.names import shown_name, tidy_name
from server.domain.accounts.tokens import TokenService
from server.domain.accounts.users import NAME_WITHHELD, User, UserStore
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

    async def find_by_identity(self, identity: str) -> User | None:
        return await self._users.find_user_by_identity(identity)

    async def sign_in(self, identity: str, nickname: str, avatar: str) -> User:
        """The user of that identity, made at the first sign-in, exactly once; takes over another nickname or avatar.

        A blank nickname or avatar tells nothing and changes nothing. Whether the user is banned is left to the tokens.
        """
        nickname, avatar = shown_name(nickname), avatar.strip()
        user = await self._users.find_user_by_identity(identity)
        if user is None:
            user = await self._add(identity, nickname or NAME_WITHHELD, avatar)
        renewed = replace(user, nickname=nickname or user.nickname, avatar=avatar or user.avatar)
        if renewed != user:
            await self._users.save_profile(user.id, renewed.nickname, renewed.avatar)
        return renewed

    async def make_operator(self, name: str) -> AccessToken:
        """Makes the operator of that name, or resets them: no ban, no other token. Gives a fresh token. Raises InvalidInput."""
        name = tidy_name(name, "name")
        identity = f"operator:{name}"
        user = await self._users.find_user_by_identity(identity) or await self._add(identity, name, "")
        operator = await self._users.reset_operator(user.id)
        self._tokens.announce(UserSessionsEnded(user_id=operator.id))
        return self._tokens.issue(operator)

    async def ban(self, user_id: int) -> None:
        """Refuses the user everywhere from now on and ends their tokens for good. Raises NotFound."""
        await self._users.ban_user(user_id)
        self._tokens.announce(UserSessionsEnded(user_id=user_id, is_banned=True))

    async def unban(self, user_id: int) -> None:
        """Lets the user sign in again; the tokens of before stay ended. Raises NotFound."""
        await self._users.unban_user(user_id)

    async def _add(self, identity: str, nickname: str, avatar: str) -> User:
        return await self._users.add_or_find(
            User(
                id=await self._users.next_id(),
                nickname=nickname,
                avatar=avatar,
                identities=(identity,),
                created_at=self._clock.now(),
            )
        )

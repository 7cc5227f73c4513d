"""The accounts of one server process, wired on a real database, with a clock and news that tests control."""
from __future__ import annotations

import asyncio
from collections.abc import Collection

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.accounts.tokens import TokenService
from server.domain.accounts.user_service import UserService
from server.domain.accounts.users import User
from server.domain.errors import Unavailable
from server.domain.events import Event, TokensChanged, UserSessionsEnded
from server.outside.jwt_signer import JwtSigner
from server.storage.accounts.tokens import MongoTokens
from server.storage.accounts.users import MongoUsers
from server.storage.mongo import Sequences
from tests.clock import HandClock

SECRET = "a secret that only the tests know, long enough for HS512 too, not only for HS256"


class News:
    """Carries what one process publishes to all of them, unless it is cut off."""

    def __init__(self) -> None:
        self.heard: list[Event] = []
        self.processes: list[Accounts] = []
        self.is_cut_off = False

    def publish(self, event: Event) -> None:
        self.heard.append(event)
        if not self.is_cut_off:
            for process in self.processes:
                assert isinstance(event, (UserSessionsEnded, TokensChanged))
                process.tokens.forget(event.user_id)


class Accounts:
    """One process: its services share nothing with another's but the database and the news."""

    def __init__(self, database: AsyncIOMotorDatabase, clock: HandClock, news: News):
        self.signer = JwtSigner(SECRET, clock, issuer="auction", audience="auction-clients")
        self.user_store = CountingUsers(database, Sequences(database))
        self.token_store = MongoTokens(database)
        self.tokens = TokenService(self.user_store, self.token_store, self.signer, news, clock)
        self.users = UserService(self.user_store, self.tokens, clock)
        news.processes.append(self)


class CountingUsers(MongoUsers):
    """The real store, counting how often the standing of users is asked; `is_away` as if the database did not answer."""

    asked = 0
    is_away = False

    async def find_users(self, user_ids: Collection[int]) -> dict[int, User]:
        self.asked += 1
        if self.is_away:
            await asyncio.sleep(0.01)
            raise Unavailable("database")
        return await super().find_users(user_ids)

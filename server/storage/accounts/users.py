"""Users in MongoDB."""
from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError

from server.domain.accounts.users import IdentityTaken, Role, User
from server.domain.errors import NotFound
from server.storage.documents import Documents
from server.storage.mongo import Sequences, store, to_document


def new_generation(*, keep_login_id: str | None = None, **values: Any) -> dict[str, Any]:
    """The change that ends a user's tokens, but those of one login; `values` are set along with it."""
    return {
        "$inc": {"token_generation": 1},
        "$set": {"kept_login_id": keep_login_id, **values},
        "$currentDate": {"tokens_ended_at": True},  # by the database's clock, the same for all who look for it
    }


@store
class MongoUsers:
    """Implements UserStore."""

    def __init__(self, database: AsyncIOMotorDatabase, sequences: Sequences):
        self._users = database.users
        self._documents = Documents(self._users, User)
        self._sequences = sequences

    async def get_user(self, user_id: int) -> User:
        user = await self._documents.find_one({"_id": user_id})
        if user is None:
            raise NotFound("user")
        return user

    async def find_users(self, user_ids: Collection[int]) -> dict[int, User]:
        return await self._documents.find_by_ids(user_ids)

    async def find_user_by_identity(self, identity: str) -> User | None:
        return await self._documents.find_one({"identities": identity})

    async def add_or_find(self, user: User) -> User:
        try:
            await self._users.insert_one(to_document(user))
            return user
        except DuplicateKeyError:
            found = await self._documents.find_one({"identities": {"$in": list(user.identities)}})
            if found is None:
                raise  # the number was taken, which is no race of sign-ins
            return found

    async def bind_identity(self, user_id: int, identity: str, told: Mapping[str, str]) -> User:
        kind = f"{identity.partition(':')[0]}:"
        while True:
            before = await self._users.find_one({"_id": user_id, "deleted_at": None})
            if before is None:
                raise NotFound("user")
            kept = [one for one in before["identities"] if not one.startswith(kind)]
            change = {"$set": {"identities": [*kept, identity], **told}}
            try:
                if (await self._users.update_one({"_id": user_id, "identities": before["identities"]}, change)).matched_count == 1:
                    return await self.get_user(user_id)
            except DuplicateKeyError:
                raise IdentityTaken() from None

    async def rename(self, user_id: int, before: str, after: str) -> None:
        await self._users.update_one({"_id": user_id, "nickname": before}, {"$set": {"nickname": after}})

    async def end_tokens(self, user_id: int, *, keep_login_id: str | None = None) -> None:
        await self._change(user_id, new_generation(keep_login_id=keep_login_id))

    async def ban_user(self, user_id: int) -> None:
        await self._change(user_id, new_generation(is_banned=True))

    async def unban_user(self, user_id: int) -> None:
        await self._change(user_id, {"$set": {"is_banned": False}, "$pull": {"identities": {"$regex": "^erased:"}}})

    async def reset_operator(self, user_id: int, role: Role) -> User:
        await self._change(user_id, {**new_generation(is_banned=False), "$addToSet": {"roles": role.value}})
        return await self.get_user(user_id)

    async def next_id(self) -> int:
        return await self._sequences.next_number("users")

    async def _change(self, user_id: int, change: dict[str, Any]) -> None:
        result = await self._users.update_one({"_id": user_id}, change)
        if result.matched_count == 0:
            raise NotFound("user")

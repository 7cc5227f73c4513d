"""Password hashes in MongoDB: in their users' documents, read by nobody else."""
from __future__ import annotations

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError

from server.domain.accounts.passwords import Credentials
from server.domain.accounts.usernames import UsernameTaken
from server.domain.accounts.users import User
from server.storage.accounts.users import new_generation
from server.storage.mongo import store, to_document, to_struct


@store
class MongoPasswords:
    """Implements PasswordStore. `field`: which of a user's passwords, where there are several."""

    def __init__(self, database: AsyncIOMotorDatabase, field: str = "password_hash"):
        self._users = database.users
        self._field = field

    async def find_credentials(self, identity: str) -> Credentials | None:
        document = await self._users.find_one({"identities": identity, "deleted_at": None})
        if document is None or not document.get(self._field):
            return None
        return Credentials(to_struct(document, User), document[self._field])

    async def add_user(self, user: User, password_hash: str) -> None:
        try:
            await self._users.insert_one({**to_document(user), self._field: password_hash})
        except DuplicateKeyError:
            if await self._users.find_one({"identities": {"$in": list(user.identities)}}, {"_id": 1}) is None:
                raise  # the number was taken, which is no race of registrations
            raise UsernameTaken() from None

    async def replace_hash(self, user_id: int, old: str, new: str) -> None:
        await self._users.update_one({"_id": user_id, self._field: old}, {"$set": {self._field: new}})

    async def change_password(self, user_id: int, old: str, new: str, *, keep_login_id: str | None) -> bool:
        change = new_generation(keep_login_id=keep_login_id, **{self._field: new})
        result = await self._users.update_one({"_id": user_id, self._field: old}, change)
        return result.matched_count == 1

    async def set_password(self, user_id: int, new: str, *, keep_login_id: str | None = None) -> None:
        change = new_generation(keep_login_id=keep_login_id, **{self._field: new})
        await self._users.update_one({"_id": user_id, "deleted_at": None}, change)

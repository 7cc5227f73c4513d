"""People in MongoDB, as operators see them: the users."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.operators.persons import Person
from server.domain.transactions import Transaction
from server.storage.accounts.users import new_generation
from server.storage.mongo import store, to_struct
from server.storage.table import PRESENT, Table
from server.storage.transactions import session_of

OF_THEMSELVES = ("nickname", "username", "phone", "roles", "created_at", "deleted_at")  # no save of ours touches them
PASSWORDS = ("password_hash", "mall_password_hash")
HANDED_OVER = ("username", "email", "phone", *PASSWORDS)  # with the ways in, unless the other has their own


@store
class MongoPeople(Table[Person]):
    """Implements PersonStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "users", Person, grows=OF_THEMSELVES)

    async def find_person(self, user_id: int, within: Transaction) -> Person | None:
        document = await self._collection.find_one({**PRESENT, "_id": user_id}, session=session_of(within))
        return None if document is None else to_struct(document, Person)

    async def list_shut(self, before: datetime) -> list[Person]:
        return await self._documents.find_all({"merging.at": {"$lte": before}})

    async def end_tokens(self, user_id: int, within: Transaction) -> None:
        await self._collection.update_one({"_id": user_id}, new_generation(), session=session_of(within))

    async def list_ways(self, user_id: int, within: Transaction) -> list[str]:
        found = await self._read_ways(user_id, within)
        return [one.partition(":")[0] for one in found["identities"]]

    async def hand_over_ways(self, login_id: int, person_id: int, within: Transaction) -> None:
        login, person = await self._read_ways(login_id, within), await self._read_ways(person_id, within)
        told = {name: login[name] for name in HANDED_OVER if login.get(name) and not person.get(name)}
        # Without a way in of their own users would meet in the index.
        left = {"$set": {"identities": [f"merged:{login_id}"]}, "$unset": dict.fromkeys((*told, *PASSWORDS), "")}
        await self._collection.update_one({"_id": login_id}, left, session=session_of(within))
        given = {"$set": {**told, "identities": [*person["identities"], *login["identities"]]}}
        await self._collection.update_one({"_id": person_id}, given, session=session_of(within))

    async def _read_ways(self, user_id: int, within: Transaction) -> dict[str, Any]:
        wanted = dict.fromkeys(("identities", *HANDED_OVER), 1)
        found = await self._collection.find_one({"_id": user_id}, wanted, session=session_of(within))
        return found or {"identities": []}

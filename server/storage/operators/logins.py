"""Logins of operators in MongoDB, whose entries go when no token of theirs could be used anyway."""
from __future__ import annotations

from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import DESCENDING

from server.domain.accounts.claims import kept_until
from server.domain.operators.logins import Login
from server.storage.mongo import find_any, store, to_document, to_struct


@store
class MongoLogins:
    """Implements LoginStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._logins = database.operator_logins
        self._ended = database.ended_logins
        self._users = database.users

    async def add_login(self, login: Login) -> None:
        await self._logins.insert_one(_to_login(login))

    async def find_login(self, login_id: str) -> Login | None:
        document = await self._logins.find_one({"_id": login_id})
        return None if document is None else to_struct(document, Login)

    async def confirm_login(self, login: Login) -> None:
        about = _to_login(login)
        question, moment = {"_id": about.pop("_id")}, about.pop("confirmed_at")
        await self._logins.update_one(question, {"$set": {"confirmed_at": moment}, "$setOnInsert": about}, upsert=True)

    async def list_logins(self, user_id: int) -> list[Login]:
        user = await self._users.find_one({"_id": user_id}, {"token_generation": 1, "kept_login_id": 1}) or {}
        cursor = self._logins.find({"user_id": user_id}).sort("login_at", DESCENDING)
        found = [to_struct(document, Login) async for document in cursor]
        ended = {document["_id"] async for document in find_any(self._ended, "_id", [one.id for one in found], {"_id": 1})}
        generation, kept = user.get("token_generation"), user.get("kept_login_id")
        return [one for one in found if one.id not in ended and (one.generation == generation or one.id == kept)]

    async def forget_login(self, login_id: str) -> None:
        await self._logins.delete_one({"_id": login_id})


def _to_login(login: Login) -> dict[str, Any]:
    return {**to_document(login), "kept_until": kept_until(login.login_at)}

"""Second factors in MongoDB: in their users' documents, read by nobody else."""
from __future__ import annotations

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.operators.factors import SecondFactor
from server.storage.mongo import store, to_struct

FACTOR = "second_factor"


@store
class MongoFactors:
    """Implements FactorStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._users = database.users

    async def find_factor(self, user_id: int) -> SecondFactor:
        document = await self._users.find_one({"_id": user_id, "deleted_at": None}, {FACTOR: 1})
        return to_struct((document or {}).get(FACTOR, {}), SecondFactor)

    async def begin_factor(self, user_id: int, pending: str) -> None:
        await self._users.update_one({"_id": user_id, "deleted_at": None}, {"$set": {f"{FACTOR}.pending": pending}})

    async def finish_factor(self, user_id: int, pending: str, step: int, codes: list[str]) -> bool:
        factor = {"secret": pending, "pending": "", "last_step": step, "codes": codes}
        change = {"$set": {FACTOR: factor, "has_two_steps": True}}
        return (await self._users.update_one({"_id": user_id, f"{FACTOR}.pending": pending}, change)).matched_count == 1

    async def take_step(self, user_id: int, secret: str, step: int) -> bool:
        unused = {"_id": user_id, f"{FACTOR}.secret": secret, f"{FACTOR}.last_step": {"$lt": step}}
        return (await self._users.update_one(unused, {"$set": {f"{FACTOR}.last_step": step}})).matched_count == 1

    async def take_code(self, user_id: int, code: str) -> bool:
        unused = {"_id": user_id, f"{FACTOR}.codes": code}
        return (await self._users.update_one(unused, {"$pull": {f"{FACTOR}.codes": code}})).matched_count == 1

    async def replace_codes(self, user_id: int, codes: list[str]) -> None:
        await self._users.update_one({"_id": user_id, "deleted_at": None}, {"$set": {f"{FACTOR}.codes": codes}})

    async def clear_factor(self, user_id: int) -> None:
        await self._users.update_one({"_id": user_id}, {"$unset": {FACTOR: True}, "$set": {"has_two_steps": True}})

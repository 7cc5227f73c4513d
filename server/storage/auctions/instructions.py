"""Instructions to groups in MongoDB, there until they are done."""
from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING

from server.domain.auctions.control import GroupInstruction
from server.storage.documents import Documents
from server.storage.mongo import store, to_document


@store
class MongoInstructions:
    """Implements InstructionStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._instructions = database.group_instructions
        self._documents = Documents(self._instructions, GroupInstruction)

    async def add_instruction(self, wanted: GroupInstruction) -> None:
        await self._instructions.insert_one(to_document(wanted))

    async def list_left(self, before: datetime) -> list[GroupInstruction]:
        return await self._documents.find_all({"at": {"$lt": before}}, [("at", ASCENDING)])

    async def finish_instruction(self, instruction_id: str) -> None:
        await self._instructions.delete_one({"_id": instruction_id})

"""Reminders in MongoDB."""
from __future__ import annotations

from dataclasses import dataclass

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.storage.reminders.outbox import MongoReminders, MongoWonLots
from server.storage.reminders.reach import MongoReaches
from server.storage.reminders.turns import MongoTurns


@dataclass(frozen=True)
class ReminderStores:
    """The reminders' stores of one database."""

    reminders: MongoReminders
    reaches: MongoReaches
    won: MongoWonLots
    turns: MongoTurns

    @classmethod
    def of(cls, database: AsyncIOMotorDatabase) -> ReminderStores:
        return cls(MongoReminders(database), MongoReaches(database), MongoWonLots(database), MongoTurns(database))

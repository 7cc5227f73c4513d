"""Operators in MongoDB: users with rights, their second factors and their logins."""
from __future__ import annotations

from dataclasses import dataclass

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.storage.operators.factors import MongoFactors
from server.storage.operators.logins import MongoLogins
from server.storage.operators.people import MongoPeople
from server.storage.operators.staff import MongoStaff


@dataclass(frozen=True)
class OperatorStores:
    """The operators' stores of one database."""

    staff: MongoStaff
    factors: MongoFactors
    logins: MongoLogins
    people: MongoPeople

    @classmethod
    def of(cls, database: AsyncIOMotorDatabase) -> OperatorStores:
        return cls(MongoStaff(database), MongoFactors(database), MongoLogins(database), MongoPeople(database))

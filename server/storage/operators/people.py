"""People in MongoDB, as operators see them: the users."""
from __future__ import annotations

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.operators.people import Person
from server.storage.mongo import store
from server.storage.table import Table

OF_THEMSELVES = ("nickname", "username", "phone", "roles", "created_at", "deleted_at")  # no save of ours touches them


@store
class MongoPeople(Table[Person]):
    """A NounStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "users", Person, grows=OF_THEMSELVES)

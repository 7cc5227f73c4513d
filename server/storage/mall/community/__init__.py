"""What members do beside buying, in MongoDB."""
from __future__ import annotations

from dataclasses import dataclass

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.storage.mall.community.bookings import MongoActivities, MongoBookings, MongoTeams
from server.storage.mall.community.polls import MongoBallots, MongoPolls
from server.storage.mall.community.queues import MongoQueues, MongoTickets


@dataclass(frozen=True)
class CommunityStores:
    """The theme's stores of one database."""

    activities: MongoActivities
    teams: MongoTeams
    bookings: MongoBookings
    queues: MongoQueues
    tickets: MongoTickets
    polls: MongoPolls
    ballots: MongoBallots

    @classmethod
    def of(cls, database: AsyncIOMotorDatabase) -> CommunityStores:
        return cls(
            activities=MongoActivities(database),
            teams=MongoTeams(database),
            bookings=MongoBookings(database),
            queues=MongoQueues(database),
            tickets=MongoTickets(database),
            polls=MongoPolls(database),
            ballots=MongoBallots(database),
        )

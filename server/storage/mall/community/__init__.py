"""What members do beside buying, in MongoDB."""
from __future__ import annotations

from dataclasses import dataclass

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.mall.community.member_codes import MemberCode
from server.storage.accounts.wechat_access import MongoWechatAccess
from server.storage.mall.community.bookings import MongoActivities, MongoBookings, MongoTeams
from server.storage.mall.community.people import MongoComponentTickets, MongoFriends, MongoLetters
from server.storage.mall.community.polls import MongoBallots, MongoPolls
from server.storage.mall.community.queues import MongoQueues, MongoTickets
from server.storage.mall.community.support import MongoAgents, MongoInvitations, MongoLines, MongoTalks
from server.storage.table import Table


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
    friends: MongoFriends
    letters: MongoLetters
    member_codes: Table[MemberCode]
    component_tickets: MongoComponentTickets
    agents: MongoAgents
    invitations: MongoInvitations
    talks: MongoTalks
    lines: MongoLines
    provider_access: MongoWechatAccess

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
            friends=MongoFriends(database),
            letters=MongoLetters(database),
            member_codes=Table(database, "mall_member_codes", MemberCode),
            component_tickets=MongoComponentTickets(database),
            agents=MongoAgents(database),
            invitations=MongoInvitations(database),
            talks=MongoTalks(database),
            lines=MongoLines(database),
            provider_access=MongoWechatAccess(database),
        )

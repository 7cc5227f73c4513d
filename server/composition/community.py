"""The part of the mall in which members do other things than buy."""
from __future__ import annotations

from dataclasses import dataclass

from server.composition.area import Area
from server.composition.ground import Ground
from server.domain.accounts.users import UserStore
from server.domain.mall.community.activities import ACTIVITIES, ActivityRules
from server.domain.mall.community.audit import AuditedEntries, CommunityAudit
from server.domain.mall.community.booking_desk import BookingDesk
from server.domain.mall.community.bookings import BookingService, Books
from server.domain.mall.community.polls import BALLOTS, POLLS, PollRules, PollService
from server.domain.mall.community.queues import QueueDesk, QueueService, TicketDesk
from server.domain.mall.html import HtmlCleaner
from server.domain.mall.ledger import Ledger
from server.domain.nouns import NounService
from server.domain.rounds import Rounds
from server.services import CommunityServices
from server.storage.mall.community import CommunityStores

CLOSING_SECONDS = 5.0  # a place that nobody has paid for is free again so long after its time, at most


@dataclass(frozen=True)
class Community(Area):
    """The services, and what goes on beside requests: bookings that nobody pays."""

    services: CommunityServices
    closing: Rounds

    async def start(self) -> None:
        self.closing.start()

    async def stop(self) -> None:
        await self.closing.stop()


def build_community(
    stores: CommunityStores, users: UserStore, ledger: Ledger, cleaner: HtmlCleaner, ground: Ground
) -> Community:
    """Not yet started."""
    clock, transactions, publisher = ground.clock, ground.transactions, ground.publisher
    books = Books(stores.activities, stores.teams, stores.bookings, ledger)
    bookings = BookingService(stores.activities, stores.teams, stores.bookings, books, users, transactions, clock)
    services = CommunityServices(
        bookings=bookings,
        activity_desk=NounService(ACTIVITIES, stores.activities, clock, ActivityRules(cleaner)),
        booking_desk=BookingDesk(stores.bookings, books, transactions, clock),
        queues=QueueService(stores.queues, stores.tickets, transactions, publisher, clock),
        queue_desk=QueueDesk(stores.queues, stores.tickets, transactions, publisher, clock),
        ticket_desk=TicketDesk(stores.tickets, clock),
        polls=PollService(stores.polls, stores.ballots, users, transactions, clock),
        poll_desk=NounService(POLLS, stores.polls, clock, PollRules(cleaner)),
        ballot_desk=NounService(BALLOTS, stores.ballots, clock),
    )
    return Community(services, Rounds("closing unpaid bookings", bookings.close_overdue, CLOSING_SECONDS))


def build_community_audit(stores: CommunityStores, entries: AuditedEntries) -> CommunityAudit:
    """Needs nothing but the stores."""
    return CommunityAudit(
        stores.activities,
        stores.teams,
        stores.bookings,
        stores.polls,
        stores.ballots,
        stores.queues,
        stores.tickets,
        entries,
    )

"""The part of the mall in which members do other things than buy."""
from __future__ import annotations

from dataclasses import dataclass

from server.composition.accounts import Accounts
from server.composition.area import Area
from server.composition.ground import Ground
from server.composition.outside_logins import Outside, build_outside
from server.composition.support import build_pushes, build_support
from server.domain.accounts.users import UserStore
from server.domain.mall.community.activities import ACTIVITIES, ActivityRules
from server.domain.mall.community.audit import AuditedEntries, CommunityAudit
from server.domain.mall.community.booking_desk import BookingDesk
from server.domain.mall.community.bookings import BookingService, Books
from server.domain.mall.community.friends import FriendService
from server.domain.mall.community.letters import LETTERS, LetterRules, LetterService
from server.domain.mall.community.member_codes import MemberCodeDesk
from server.domain.mall.community.outside_logins import OutsideLogin
from server.domain.mall.community.polls import BALLOTS, POLLS, PollRules, PollService
from server.domain.mall.community.queues import QueueDesk, QueueService, TicketDesk
from server.domain.mall.community.support import ReplyPictures
from server.domain.mall.community.support_desk import (
    SUPPORT_AGENTS,
    SUPPORT_INVITATIONS,
    SUPPORT_LINES,
    InvitationRules,
    TalkDesk,
)
from server.domain.mall.community.username_login import UsernameLogin
from server.domain.mall.html import HtmlCleaner
from server.domain.mall.ledger import Ledger
from server.domain.mall.members import MemberService, MiniProgramLogin, Source
from server.domain.mall.mobiles import MallPasswords, MobileService
from server.domain.mall.proven_login import MailWay, ProvenLogin
from server.domain.mall.settings import Settings
from server.domain.mall.verification import VerificationService
from server.domain.nouns import NounService
from server.domain.rounds import Rounds
from server.services import CommunityServices
from server.storage.mall.community import CommunityStores

CLOSING_SECONDS = 5.0  # a place that nobody has paid for is free again so long after its time, at most


@dataclass(frozen=True)
class WaysIn:
    """What ways in of the mall stand on."""

    accounts: Accounts
    members: MemberService
    passwords: MallPasswords
    verification: VerificationService


@dataclass(frozen=True)
class Community(Area):
    """The services, and what goes on beside requests: bookings that nobody pays."""

    services: CommunityServices
    outside: Outside
    closing: Rounds

    async def start(self) -> None:
        self.closing.start()

    async def stop(self) -> None:
        await self.closing.stop()
        self.outside.close()


def build_community(
    stores: CommunityStores,
    user_store: UserStore,
    ways_in: WaysIn,
    ledger: Ledger,
    settings: Settings,
    cleaner: HtmlCleaner,
    reply_pictures: ReplyPictures,
    ground: Ground,
) -> Community:
    """Not yet started."""
    users, members, passwords = ways_in.accounts.services.users, ways_in.members, ways_in.passwords
    outside = build_outside(ways_in.accounts, stores, ground)
    support = build_support(stores, ways_in.accounts, reply_pictures, user_store, ground)
    clock, transactions, publisher = ground.clock, ground.transactions, ground.publisher
    books = Books(stores.activities, stores.teams, stores.bookings, ledger)
    bookings = BookingService(stores.activities, stores.teams, stores.bookings, books, user_store, transactions, clock)
    services = CommunityServices(
        bookings=bookings,
        activity_desk=NounService(ACTIVITIES, stores.activities, clock, ActivityRules(cleaner)),
        booking_desk=BookingDesk(stores.bookings, books, transactions, clock),
        queues=QueueService(stores.queues, stores.tickets, transactions, publisher, clock),
        queue_desk=QueueDesk(stores.queues, stores.tickets, transactions, publisher, clock),
        ticket_desk=TicketDesk(stores.tickets, clock),
        polls=PollService(stores.polls, stores.ballots, user_store, transactions, clock),
        poll_desk=NounService(POLLS, stores.polls, clock, PollRules(cleaner)),
        ballot_desk=NounService(BALLOTS, stores.ballots, clock),
        usernames=UsernameLogin(users, members, passwords),
        mails=ProvenLogin(MailWay(ways_in.verification, users), users, members, passwords),
        wechat_in_apps=OutsideLogin(outside.wechat_in_apps, Source.WECHAT_APP, users, members),
        qq=OutsideLogin(outside.qq, Source.QQ, users, members),
        alipay=OutsideLogin(outside.alipay, Source.ALIPAY, users, members),
        provided_logins=MiniProgramLogin(outside.provided, users, members),
        provided_mobiles=MobileService(outside.provided, ways_in.accounts.phone_codes, users, members, passwords),
        friends=FriendService(stores.friends, users, members, user_store, settings, clock),
        letters=LetterService(stores.letters, clock),
        letter_desk=NounService(LETTERS, stores.letters, clock, LetterRules(users, clock)),
        member_codes=MemberCodeDesk(stores.member_codes, clock),
        support=support,
        pushes=build_pushes(support, stores, ground),
        invitation_desk=NounService(SUPPORT_INVITATIONS, stores.invitations, clock, InvitationRules(clock)),
        agent_desk=NounService(SUPPORT_AGENTS, stores.agents, clock),
        talk_desk=TalkDesk(stores.talks, clock),
        line_desk=NounService(SUPPORT_LINES, stores.lines, clock),
    )
    return Community(services, outside, Rounds("closing unpaid bookings", bookings.close_overdue, CLOSING_SECONDS))


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

"""Approved bidders as a noun: whom operators let bid where not everyone may."""
from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Protocol

from msgspec import Meta, Struct

from server.domain.accounts.users import UserStore
from server.domain.auctions.desk.lots import LotNumber
from server.domain.clock import Clock
from server.domain.errors import InvalidInput
from server.domain.nouns import Noun, NounService, NounStore, NumberId, Revision, Rules, about, plain

EVERY_GROUP = 0

Bidder = Annotated[LotNumber, about("竞买人", "Bidder", refers_to="accounts.people")]
OfGroup = Annotated[
    int, Meta(ge=0, le=2**53 - 1), about("期次（留空为所有期次）", "Group (empty: every group)", refers_to="auctions.groups")
]
Note = Annotated[str, Meta(max_length=200), about("备注", "Note")]


class ApprovalTerms(Struct, frozen=True, kw_only=True):
    """What operators decide of an approval later on."""

    note: Note = ""


class NewApproval(ApprovalTerms, frozen=True, kw_only=True):
    """Whom, and of which group; 0: of every group."""

    user_id: Bidder
    group_id: OfGroup = EVERY_GROUP


class Approval(Struct, frozen=True, kw_only=True):
    """A bidder who may bid where approved bidders may, and where a deposit is asked for, without one."""

    id: NumberId
    user_id: Bidder
    group_id: OfGroup = EVERY_GROUP
    note: Note = ""
    approved_at: Annotated[datetime, about("准入时间", "Approved at")]
    revision: Revision


class ApprovalStore(NounStore[Approval], Protocol):
    """Where approvals are kept; one bidder has one for a group."""

    async def is_approved(self, group_id: int, user_id: int) -> bool: ...


class ApprovalRules(Rules[Approval]):
    """Who is approved exists, and can sign in."""

    def __init__(self, users: UserStore, groups: NounStore[Any], clock: Clock):
        self._users = users
        self._groups = groups
        self._clock = clock

    async def make(self, noun: Noun[Approval], id: Any, terms: Any, before: Approval | None) -> Approval:
        if before is not None:
            return await super().make(noun, id, terms, before)
        user = (await self._users.find_users([terms.user_id])).get(terms.user_id)
        if user is None or user.is_gone:
            raise InvalidInput({"user_id": ["unknown"]})
        if terms.group_id != EVERY_GROUP and await self._groups.find(terms.group_id) is None:
            raise InvalidInput({"group_id": ["unknown"]})
        return Approval(**plain(terms), id=id, approved_at=self._clock.now(), revision=1)


class ApprovalDesk(NounService[Approval]):
    """Operators' work on approvals. A bid that arrives after one was taken back is refused."""

    def __init__(self, approvals: ApprovalStore, users: UserStore, groups: NounStore[Any], clock: Clock):
        super().__init__(BIDDERS, approvals, clock, ApprovalRules(users, groups, clock))


BIDDERS = Noun(
    area="auctions",
    name="bidders",
    zh="准入竞买人",
    en="Approved bidders",
    made=Approval,
    terms=ApprovalTerms,
    new=NewApproval,
    label="user_id",
    searched=("note",),
    sorted=("id", "user_id", "approved_at"),
    filtered=("user_id", "group_id"),
    order=("-id",),
)

"""邀请码: made and taken back by operators."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct, field

from handlers.accounts.shapes import DocumentTime, PageParameters, document_time
from server.domain.accounts.invitations import MOST_AT_ONCE, MOST_DAYS, MOST_USES, Invitation
from server.web.access import OPERATOR
from server.web.call import Call
from server.web.routing import Routes

routes = Routes()


class InvitationsWanted(Struct):
    """`count` codes, each for `uses` registrations within `days`."""

    count: Annotated[int, Meta(ge=1, le=MOST_AT_ONCE)] = 1
    uses: Annotated[int, Meta(ge=1, le=MOST_USES)] = 1
    days: Annotated[int, Meta(ge=1, le=MOST_DAYS)] = 30
    note: Annotated[str, Meta(max_length=200)] = ""


class InvitationShape(Struct):
    code: str
    uses: int
    uses_left: int
    note: str
    expires_at: DocumentTime
    created_at: DocumentTime

    @classmethod
    def of(cls, one: Invitation) -> InvitationShape:
        return cls(one.id, one.uses, one.uses_left, one.note, document_time(one.expires_at), document_time(one.created_at))


@routes.post("/ops/accounts/invitations", access=OPERATOR, status=201, raises=())
async def invite(call: Call, body: InvitationsWanted) -> list[InvitationShape]:
    """Make invitation codes."""
    made = await call.services.accounts.invitations.invite(
        count=body.count, uses=body.uses, days=body.days, made_by=call.caller.id, note=body.note
    )
    return [InvitationShape.of(one) for one in made]


class InvitationsPageShape(Struct):
    invitations: list[InvitationShape] = field(name="list")
    page: int
    page_limit: int
    total: int


@routes.get("/ops/accounts/invitations", access=OPERATOR)
async def list_invitations(call: Call, query: PageParameters) -> InvitationsPageShape:
    """Invitation codes, newest first."""
    page = await call.services.accounts.invitations.page_invitations(query.to_page_query())
    return InvitationsPageShape([InvitationShape.of(one) for one in page.items], page.number, query.page_limit, page.total)


@routes.delete("/ops/accounts/invitations/{code}", access=OPERATOR, raises=())
async def take_back_invitation(call: Call, code: str) -> None:
    """Take a code back: nobody registers with it any more."""
    await call.services.accounts.invitations.take_back(code)

"""Operators' management of accounts."""
from __future__ import annotations

from handlers.ops import people
from handlers.ops.dialect import OPS_DIALECT
from handlers.ops.nouns import noun_routes
from server.domain.accounts.invitations import INVITATIONS, InvitationService
from server.domain.accounts.users import Role
from server.domain.operators.people import PEOPLE
from server.domain.operators.staff import OPERATORS
from server.web.access import ADMIN, AUCTIONEER, may
from server.web.routing import Chapter, Document

DOCUMENT = Document(
    name="accounts-ops",
    prefix="/api/ops/accounts",
    dialect=OPS_DIALECT,
    chapters=(
        Chapter(
            "邀请码",
            noun_routes(
                INVITATIONS,
                lambda services: services.accounts.invitations,
                changes=may(Role.AUCTIONEER, Role.SHOP_STAFF),
                add_many=InvitationService.invite,
            ),
        ),
        Chapter("用户管理", noun_routes(PEOPLE, lambda services: services.operators.people, changes=AUCTIONEER)),
        Chapter("用户的竞拍", people.routes),
        Chapter("操作员", noun_routes(OPERATORS, lambda services: services.operators.staff, changes=ADMIN, reads=ADMIN)),
    ),
)

"""Operators' management of accounts."""
from __future__ import annotations

from handlers.ops.dialect import OPS_DIALECT
from handlers.ops.nouns import noun_routes
from server.domain.accounts.invitations import INVITATIONS, InvitationService
from server.web.routing import Chapter, Document

DOCUMENT = Document(
    name="accounts-ops",
    prefix="/api/ops/accounts",
    dialect=OPS_DIALECT,
    chapters=(
        Chapter("邀请码", noun_routes(INVITATIONS, lambda services: services.accounts.invitations, add_many=InvitationService.invite)),
    ),
)

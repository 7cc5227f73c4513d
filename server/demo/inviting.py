"""The demo's invitation code, so that a visitor can register."""
from __future__ import annotations

import logging

from server.bootstrap import Application
from server.domain.accounts.invitations import InvitationService, InvitationsWanted
from server.domain.clock import SystemClock

log = logging.getLogger(__name__)

NOTE = "demo"
USES = 1000
DAYS = 30


async def invite_visitors(application: Application) -> str:
    """The code that is told at every start; a new one when the last is used up or expired."""
    invitations = InvitationService(application.stores.accounts.invitations, SystemClock())
    found = await invitations.find_open_invitation(NOTE)
    code = found.id if found else (await invitations.invite(InvitationsWanted(uses=USES, days=DAYS, note=NOTE)))[0].id
    log.info("to register at /register: invitation code %s", code)
    return code

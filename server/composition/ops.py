"""What operators have of every area."""
from __future__ import annotations

from server.composition.ground import Ground
from server.domain.auditing.standings import Standings
from server.domain.exports import ExportService
from server.outside.sheet_writers import open_sheets
from server.services import OpsServices
from server.storage.changes import MongoChanges


def build_ops(changes: MongoChanges, audits: Standings, ground: Ground) -> OpsServices:
    """The log of changes, how the audit stands, and exports."""
    return OpsServices(changes=changes, audits=audits, exports=ExportService(open_sheets(ground.heavy_work)))

"""What operators have of every area."""
from __future__ import annotations

from server.composition.ground import Ground
from server.domain.auditing.standings import Standings
from server.domain.exports import ExportService
from server.domain.noun_imports import NounSheets
from server.outside.sheet_writers import open_sheets
from server.outside.uploaded_sheets import UploadedSheets
from server.services import OpsServices
from server.storage.changes import MongoChanges


def build_ops(changes: MongoChanges, audits: Standings, ground: Ground) -> OpsServices:
    """The log of changes, how the audit stands, exports and imports."""
    sheets = NounSheets(UploadedSheets(ground.heavy_work))
    return OpsServices(changes=changes, audits=audits, sheets=sheets, exports=ExportService(open_sheets(ground.heavy_work)))

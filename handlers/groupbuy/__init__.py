"""The group-buy API (团购 API): what the clients of the PHP application call, all on one path."""
from __future__ import annotations

from handlers.groupbuy import calls
from handlers.groupbuy.dialect import GroupbuyDialect
from server.web.routing import Chapter, Document

DOCUMENT = Document(
    name="groupbuy",
    prefix="/index.php",
    dialect=GroupbuyDialect(),
    chapters=(Chapter("团购 API", calls.routes),),
)

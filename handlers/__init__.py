"""What is mounted."""
from __future__ import annotations

from handlers import bidding, groupbuy, ops
from server.web.routing import Document

DOCUMENTS: tuple[Document, ...] = (bidding.DOCUMENT, groupbuy.DOCUMENT, ops.DOCUMENT)

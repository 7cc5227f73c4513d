"""Inputs shared by several chapters of the bidding document."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from server.domain.paging import PageQuery

PAGE_SIZE = 15
MOST_PAGE_SIZE = 100
LAST_PAGE = 1_000_000  # keeps the number of entries to skip within what the database counts


PageNumber = Annotated[int, Meta(ge=1, le=LAST_PAGE, description="页码")]
PageSize = Annotated[int, Meta(ge=1, le=MOST_PAGE_SIZE, description="每页条数")]


class PageParameters(Struct):
    """`page` from 1, `limit` at most 100."""

    page: PageNumber = 1
    limit: PageSize = PAGE_SIZE

    def to_page_query(self) -> PageQuery:
        return PageQuery(self.page, self.limit)

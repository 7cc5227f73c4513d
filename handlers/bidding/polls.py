"""What phones ask all day, answered from memory: encoded once a change, byte for byte as the endpoints do."""
from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from tornado.httputil import HTTPServerRequest

from handlers.bidding.dialect import BiddingDialect
from handlers.bidding.group import GoodsQuery, GroupShape, MyPageShape
from handlers.bidding.history import EndedGroupShape, EndedPageShape
from handlers.bidding.inputs import PageParameters
from handlers.bidding.rows import Rows
from server.domain.auctions.floor import Floor
from server.domain.auctions.groups import Group
from server.domain.auctions.showcase import Showcase
from server.domain.clock import Clock
from server.domain.errors import InvalidInput
from server.domain.recent import RecentlyUsed
from server.web.direct import DirectAnswer, Known, tag_of
from server.web.inputs import Input
from server.web.texts import WHOLE_NUMBER

BYTES_KEPT = 32 * 1024 * 1024  # of answers to everybody, and as much of what is each caller's own
QUERIES_KEPT = 1000
MOST_DIGITS = 15  # of an id in a path; the endpoint judges longer ones


class Polls:
    """Answers what the showcase recalls. What is asked for oddly, wrongly, or not known is left to the endpoints."""

    def __init__(self, showcase: Showcase, floor: Floor, clock: Clock):
        self._showcase = showcase
        self._floor = floor
        self._clock = clock
        self._rows = Rows()
        self._answers = _Encoded(BYTES_KEPT)
        self._own = _Encoded(BYTES_KEPT)
        self._goods_queries = _Queries(GoodsQuery)
        self._page_queries = _Queries(PageParameters)

    def answers(self) -> dict[str, DirectAnswer]:
        """By path; one that ends with a slash is followed by an id."""
        return {
            "/api/group": self.list_goods,
            "/api/group/category": self.get_current_categories,
            "/api/group/category/": self.get_categories,
            "/api/group/open": self.list_open_groups,
            "/api/group/my": self.list_my_participations,
            "/api/group/history": self.list_ended_groups,
            "/api/group/history/": self.get_ended_group,
            "/api/group/current/price/": self.get_current_price,
            "/api/banners": self.list_banners,
            "/api/wechat": self.get_contact,
        }

    def list_goods(self, request: HTTPServerRequest, user_id: int | None) -> Known | None:
        query = self._goods_queries.read(request)
        found = self._showcase.recall_goods(query.group_id, query.category, query.to_page_query()) if query is not None else None
        if query is None or found is None:
            return None
        group_id, page = found
        key = ("goods", group_id, query.category, query.page, query.limit)
        goods = self._answers.get(key, (page.total, *page.items), lambda: self._rows.page_head(page))
        joined = self._joined(user_id, group_id) if user_id is not None and group_id is not None else NOTHING_JOINED
        if joined is None:
            return None
        if not joined.body:
            return Known(goods.body + b"]}}", goods.tag, user_id is not None)
        return Known(goods.body + joined.body + b"]}}", f'{goods.tag[:-1]}-{joined.tag[1:]}', True)

    def _joined(self, user_id: int, group_id: int) -> Known | None:
        joined = self._showcase.recall_joined(user_id, group_id)
        if not joined:
            return None if joined is None else NOTHING_JOINED
        return self._own.get(("joined", user_id, group_id), tuple(joined), lambda: self._rows.joined(joined))

    def get_current_categories(self, request: HTTPServerRequest, user_id: int | None) -> Known | None:
        groups = self._showcase.recall_open_groups()
        return self._group(groups[0]) if groups else None

    def get_categories(self, request: HTTPServerRequest, user_id: int | None) -> Known | None:
        group_id = _read_id(request)
        group = self._showcase.recall_group(group_id) if group_id is not None else None
        return self._group(group) if group is not None else None

    def _group(self, group: Group) -> Known:
        now = self._clock.now()
        return self._answers.get(("group", group.id), (group, group.status_at(now)), lambda: _encode(GroupShape.of(group, now)))

    def list_open_groups(self, request: HTTPServerRequest, user_id: int | None) -> Known | None:
        groups, now = self._showcase.recall_open_groups(), self._clock.now()
        if groups is None:
            return None
        rest_on = tuple((group, group.status_at(now)) for group in groups)
        return self._answers.get("open", rest_on, lambda: _encode([GroupShape.of(group, now) for group in groups]))

    def list_my_participations(self, request: HTTPServerRequest, user_id: int | None) -> Known | None:
        query = self._page_queries.read(request)
        if query is None or user_id is None:
            return None
        page = self._showcase.recall_participations(user_id, query.to_page_query())
        if page is None:
            return None
        key = ("my", user_id, query.page, query.limit)
        known = self._own.get(key, (page.total, *page.items), lambda: _encode(MyPageShape.of(page)))
        return known._replace(is_private=True)

    def list_ended_groups(self, request: HTTPServerRequest, user_id: int | None) -> Known | None:
        query = self._page_queries.read(request)
        page = self._showcase.recall_ended_groups(query.to_page_query()) if query is not None else None
        if query is None or page is None:
            return None
        key = ("ended", query.page, query.limit)
        return self._answers.get(key, (page.total, *page.items), lambda: _encode(EndedPageShape.of(page)))

    def get_ended_group(self, request: HTTPServerRequest, user_id: int | None) -> Known | None:
        group_id = _read_id(request)
        found = self._showcase.recall_history(group_id) if group_id is not None else None
        if found is None:
            return None
        (group, lots), now = found, self._clock.now()
        rest_on = (group, group.status_at(now), *lots)
        return self._answers.get(("history", group_id), rest_on, lambda: _encode(EndedGroupShape.of(group, lots, now)))

    def get_current_price(self, request: HTTPServerRequest, user_id: int | None) -> Known | None:
        goods_id = _read_id(request)
        known = self._floor.find_lot(goods_id) if goods_id is not None and self._floor.is_current else None
        if known is None:
            return None
        state = known.state
        return Known(b'{"code":1,"message":"","data":%d}' % state.price, f'"{goods_id}-{state.seq}-{state.price}"')

    def list_banners(self, request: HTTPServerRequest, user_id: int | None) -> Known | None:
        banners = self._showcase.recall_banners()
        return None if banners is None else self._answers.get("banners", (*banners,), lambda: _encode(banners))

    def get_contact(self, request: HTTPServerRequest, user_id: int | None) -> Known | None:
        contact = self._showcase.recall_contact()
        return None if contact is None else self._answers.get("contact", (contact,), lambda: _encode(contact))


NOTHING_JOINED = Known(b"", "")
_encode = BiddingDialect().success


class _Encoded:
    """Answers, each with what it was made of: while that is the same, so is the answer."""

    def __init__(self, capacity: int):
        self._kept: RecentlyUsed[Hashable, tuple[tuple[Any, ...], Known]] = RecentlyUsed(capacity)

    def get(self, key: Hashable, made_of: tuple[Any, ...], encode: Callable[[], bytes]) -> Known:
        kept = self._kept.get(key)
        if kept is not None and kept[0] == made_of:
            return kept[1]
        body = encode()
        known = Known(body, tag_of(body))
        self._kept.put(key, (made_of, known), len(body))
        return known


class _Queries:
    """Queries as read, by their texts: phones ask with few."""

    def __init__(self, kind: type[Any]):
        self._input: Input[Any] = Input(kind, is_body=False)
        self._read: RecentlyUsed[str, Any] = RecentlyUsed(QUERIES_KEPT)

    def read(self, request: HTTPServerRequest) -> Any | None:
        """None for one that is refused."""
        query = self._read.get(request.query)
        if query is None:
            try:
                query = self._input.read(request)
            except InvalidInput:
                return None
            self._read.put(request.query, query)
        return query


def _read_id(request: HTTPServerRequest) -> int | None:
    text = request.path.rpartition("/")[2]
    return int(text) if len(text) <= MOST_DIGITS and WHOLE_NUMBER.fullmatch(text) else None

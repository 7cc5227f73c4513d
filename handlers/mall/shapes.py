"""What all chapters of the mall document write alike: yuan, times, pages, that there is nothing, and who is let in."""
from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import Meta, Struct

from handlers.mall.failures.general import NothingThere
from server.domain.errors import InvalidInput
from server.domain.mall.members import SignedIn
from server.domain.moments import SHANGHAI, find_problem, to_end, to_utc
from server.domain.paging import Page, PageQuery

Made = TypeVar("Made")
Shape = TypeVar("Shape")

MOST_YUAN = 100_000_000
LAST_PAGE = 1_000_000  # keeps the number of entries to skip within what the database counts
MOST_PAGE_SIZE = 10_000
PAGED, WHOLE = 10, 200  # usual sizes: of lists that clients page through, and of those that they ask for once

Yuan = Annotated[float, Meta(description="元，最多两位小数\n\nYuan, two decimals at most")]
YuanGiven = Annotated[float, Meta(ge=0, le=MOST_YUAN, description="元\n\nYuan")]
DocumentTime = Annotated[str, Meta(description="北京时间 yyyy-MM-dd HH:mm:ss")]
DayGiven = Annotated[str, Meta(max_length=19, description="yyyy-MM-dd")]

# ---- money: whole fen inside, yuan outside


def yuan(fen: int) -> float:
    """As the document prints money."""
    return fen / 100


def fen(yuan: float) -> int:
    """Of what came, rounded half up: clients send what their reckoning in binary left."""
    return int((Decimal(repr(yuan)) * 100).quantize(Decimal(1), ROUND_HALF_UP))


# ---- times


def document_time(moment: datetime) -> str:
    """`yyyy-MM-dd HH:mm:ss` in Asia/Shanghai."""
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def optional_time(moment: datetime | None) -> str | None:
    return None if moment is None else document_time(moment)


_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})( \d{2}:\d{2}:\d{2})?")


def first_moment(name: str, day: str | None) -> datetime | None:
    """Where the day begins, or the moment, if a time is given too. Raises InvalidInput, naming the field."""
    if day is None:
        return None
    found = _DAY.fullmatch(day)
    try:
        moment = datetime.fromisoformat(day) if found else None
    except ValueError:
        moment = None
    if moment is None or find_problem(moment):
        raise InvalidInput({name: ["wrong_form"]})
    return to_utc(moment)


def last_moment(name: str, day: str | None) -> datetime | None:
    """Where the day ends, or the moment's second. Raises InvalidInput, naming the field."""
    moment = first_moment(name, day)
    if moment is None or day is None:
        return None
    return to_end(moment if " " in day else moment + timedelta(days=1, seconds=-1))


def month_begins(now: datetime) -> datetime:
    """That of Asia/Shanghai in which that moment is."""
    return to_utc(now.astimezone(SHANGHAI).replace(day=1, hour=0, minute=0, second=0, microsecond=0))


def absolute(address: str, origin: str) -> str:
    """The address of a picture; what is this server's own is kept without its name, by which others may call it otherwise."""
    return f"{origin}{address}" if address.startswith("/") else address


# ---- lists


class Paging(Struct):
    """`page` from 1. A size that is not given is the list's usual one."""

    page: Annotated[int, Meta(ge=1, le=LAST_PAGE, description="获取第几页数据")] = 1
    pageSize: Annotated[int, Meta(ge=1, le=MOST_PAGE_SIZE, description="每页显示多少数据")] | None = None

    def to_page_query(self, usual: int = WHOLE) -> PageQuery:
        return PageQuery(self.page, self.pageSize or usual)


class PagingBetweenDays(Paging):
    """Of what was added between two days, both included."""

    dateAddBegin: DayGiven | None = None
    dateAddEnd: DayGiven | None = None

    @property
    def first_at(self) -> datetime | None:
        """Raises InvalidInput."""
        return first_moment("dateAddBegin", self.dateAddBegin)

    @property
    def last_at(self) -> datetime | None:
        """Raises InvalidInput."""
        return last_moment("dateAddEnd", self.dateAddEnd)


class PageShape(Struct, Generic[Shape]):
    result: list[Shape]
    totalRow: int
    totalPage: int


def paged(found: Page[Made], page: PageQuery, shape: Callable[[Made], Shape]) -> PageShape[Shape]:
    """A page with its entries in that shape. Raises NothingThere past the end."""
    return PageShape(listed(found.items, shape), found.total, -(-found.total // page.size))


def listed(items: Iterable[Made], shape: Callable[[Made], Shape]) -> list[Shape]:
    """All in that shape. Raises NothingThere if there are none: clients tell the end of a list by its code."""
    found = [shape(item) for item in items]
    if not found:
        raise NothingThere()
    return found


# ---- JSON in a parameter


def object_in(text: str | None, field: str) -> dict[str, Any]:
    """The object that a parameter's text is; an empty one if it is not given. Raises InvalidInput, naming the field."""
    if text is None:
        return {}
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InvalidInput({field: ["not_json"]})
    return found


def labels_in(text: str | None, field: str) -> dict[str, str]:
    """Label → text, of such a parameter; what is no text is written as one. Raises InvalidInput, naming the field."""
    found = object_in(text, field)
    return {name: value if isinstance(value, str) else msgspec.json.encode(value).decode() for name, value in found.items()}


# ---- who is let in


class LoginShape(Struct, omit_defaults=True):
    token: str
    uid: int
    openid: str | None = None
    mobile: str | None = None

    @classmethod
    def of(cls, signed_in: SignedIn) -> LoginShape:
        user = signed_in.user
        return cls(signed_in.token.access_token, user.id, signed_in.open_id, user.phone or None)

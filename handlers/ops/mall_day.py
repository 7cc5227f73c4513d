"""日结: a day's totals, with which a bookkeeper closes it, and WeChat's bill of it."""
from __future__ import annotations

from datetime import date as Day

from msgspec import Struct

from server.domain.errors import InvalidInput
from server.domain.mall.bookkeeping.day import DayBook
from server.domain.moments import FIRST_YEAR, LAST_YEAR
from server.web.access import BOOKKEEPER
from server.web.call import Call
from server.web.inputs import Upload
from server.web.routing import Routes

routes = Routes()

MOST_BILL_BYTES = 32 * 2**20


class DayQuery(Struct):
    """`date` as yyyy-MM-dd, of Shanghai."""

    date: Day


@routes.get("/day", access=BOOKKEEPER, raises=())
async def get_day(call: Call, query: DayQuery) -> DayBook:
    """日结

    Sales, payments by channel, refunds, commission, and every cause for which wallets and points changed, from the sums of all purses
    before the day to those after it. `comparison`: every row in which WeChat's bill, once it was imported, says something else."""
    if not FIRST_YEAR <= query.date.year <= LAST_YEAR:
        raise InvalidInput({"date": ["wrong_form"]})
    return await call.services.mall.day_books.get_day(query.date)


@routes.post("/day/wechat-bill", access=BOOKKEEPER, max_body_bytes=MOST_BILL_BYTES, raises=())
async def import_bill(call: Call, body: Upload) -> DayBook:
    """导入微信账单

    The bill of trades (交易账单, all of them) as WeChat gives it, .csv; in the place of the one of that day."""
    return await call.services.mall.day_books.import_bill(body.content)

"""WeChat's bill of trades (交易账单), as it is downloaded: a sheet of comma-separated values, each with a ` before it."""
from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum

from msgspec import Struct

from server.domain.errors import InvalidInput

TIME, RECEIPT, NUMBER, STATE, PAID = "交易时间", "微信订单号", "商户订单号", "交易状态", ("应结订单金额", "订单金额", "总金额")
REFUND, REFUND_NUMBER, REFUNDED, REFUND_STATE, FEE = "微信退款单号", "商户退款单号", "退款金额", "退款状态", "手续费"
NEEDED = (TIME, RECEIPT, NUMBER, STATE)
TOTALS = "总交易单数"  # where the rows end
SUCCESS, REFUND_STATES, NOT_REFUNDED = "SUCCESS", ("REFUND", "REVOKED"), ("FAIL", "CLOSED")
MOST_ROWS = 500_000
_MONEY = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,5})?")


class BillKind(str, Enum):
    """What a row is about."""

    PAYMENT = "payment"
    REFUND = "refund"


class BillRow(Struct, frozen=True, kw_only=True):
    """One row: a payment or a refund, in fen. `number`: ours for the payment, `receipt`: WeChat's for what it is about.

    `refund_number`: ours for the refund, `has_failed`: it was begun, and the money came back to the shop.
    """

    kind: BillKind
    number: str
    receipt: str
    refund_number: str = ""
    has_failed: bool = False
    amount: int
    fee: int = 0
    at: str


class Bill(Struct, frozen=True, kw_only=True):
    """Of one day."""

    day: date
    rows: list[BillRow]


def read_bill(content: bytes) -> Bill:
    """Raises InvalidInput with what is wrong, by row."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError:
            raise InvalidInput({"file": ["not_text"]}) from None
    lines = [[cell.strip().lstrip("`") for cell in line] for line in csv.reader(io.StringIO(text)) if any(cell.strip() for cell in line)]
    if not lines or any(name not in lines[0] for name in NEEDED) or not any(name in lines[0] for name in PAID):
        raise InvalidInput({"file": ["no_bill"]})
    rows, days = list[BillRow](), set[date]()
    for number, line in enumerate(lines[1:], start=2):
        if line[0] == TOTALS:
            break
        row, day = _read_row(dict(zip(lines[0], line)), number)
        rows.append(row)
        days.add(day)
        if len(rows) > MOST_ROWS:
            raise InvalidInput({"file": [f"too_long:{MOST_ROWS}"]})
    if len(days) != 1:
        raise InvalidInput({"file": ["several_days" if days else "empty"]})
    return Bill(day=days.pop(), rows=rows)


def _read_row(told: Mapping[str, str], number: int) -> tuple[BillRow, date]:
    try:
        at = datetime.strptime(told[TIME], "%Y-%m-%d %H:%M:%S")
    except (ValueError, KeyError):
        raise InvalidInput({f"row {number}": ["wrong_form"]}) from None
    if told[STATE] not in (SUCCESS, *REFUND_STATES):
        raise InvalidInput({f"row {number}": ["not_a_choice"]})
    is_refund = told[STATE] in REFUND_STATES
    amount = told.get(REFUNDED, "") if is_refund else next(told[name] for name in PAID if name in told)
    row = BillRow(
        kind=BillKind.REFUND if is_refund else BillKind.PAYMENT,
        number=told[NUMBER],
        receipt=(is_refund and told.get(REFUND)) or told[RECEIPT],
        refund_number=told.get(REFUND_NUMBER, "") if is_refund else "",
        has_failed=is_refund and told.get(REFUND_STATE, "") in NOT_REFUNDED,
        amount=_fen(amount, number),
        fee=_fen(told.get(FEE, ""), number),
        at=told[TIME],
    )
    return row, at.date()


def _fen(text: str, number: int) -> int:
    """Fees come with five decimals; they are counted to the fen."""
    if not text:
        return 0
    if not _MONEY.fullmatch(text):
        raise InvalidInput({f"row {number}": ["wrong_form"]})
    try:
        return int((Decimal(text) * 100).to_integral_value())
    except InvalidOperation:
        raise InvalidInput({f"row {number}": ["wrong_form"]}) from None

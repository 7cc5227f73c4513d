"""Tests of server/domain/mall/bookkeeping, on a bill as WeChat gives it."""
from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

import pytest
from msgspec.structs import replace

from server.domain.errors import InvalidInput
from server.domain.mall.bookkeeping.day import bounds_of, compare, compare_refunds
from server.domain.mall.bookkeeping.wechat_bill import BillKind, read_bill
from server.domain.mall.payments.payment import Channel, Payment, PaymentStatus, RepaymentState
from server.domain.mall.payments.repayments import Repayment

HEAD = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,"
    "微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
TOTALS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\n`2,`19.90,`5.00,`0.00,`0.09000,`19.90,`5.00"


def line(number: str, receipt: str, amount: str, *, refunded: str = "", at: str = "2036-06-01 12:00:00") -> str:
    state = "REFUND" if refunded else "SUCCESS"
    refund = (f"R{receipt}", f"RF{number}", refunded) if refunded else ("0", "0", "0.00")
    cells = [
        *(at, "wx1", "1900000001", "0", "", receipt, number, "o-1", "JSAPI", state, "OTHERS", "CNY", amount, "0.00"),
        *(*refund, "0.00", "", "", "支付订单, 全部", "", "0.12000", "0.60%", amount, refunded or "0.00", ""),
    ]
    return ",".join(f'"`{cell}"' if "," in cell else f"`{cell}" for cell in cells)


def bill(*lines: str) -> bytes:
    return "﻿{}\r\n".format("\r\n".join((HEAD, *lines, TOTALS))).encode()


def payment(number: str, paid: int, receipt: str = "42") -> Payment:
    now = datetime(2036, 6, 1, tzinfo=timezone.utc)
    about: dict[str, Any] = {"status": PaymentStatus.PAID, "asked_at": now, "changed_at": now}
    return Payment(id=1, revision=1, number=number, user_id=1, channel=Channel.QR_CODE, amount=paid, paid=paid, receipt=receipt, **about)


def test_a_bill_is_read_to_the_fen() -> None:
    found = read_bill(bill(line("PA1", "42", "19.90"), line("PA1", "42", "0.00", refunded="5.00")))
    assert found.day == date(2036, 6, 1)
    told = [(row.kind, row.number, row.receipt, row.amount, row.fee) for row in found.rows]
    assert told == [(BillKind.PAYMENT, "PA1", "42", 1990, 12), (BillKind.REFUND, "PA1", "R42", 500, 12)]
    assert read_bill(bill(line("PA1", "42", "0.29")).decode("utf-8-sig").encode("gb18030")).rows[0].amount == 29


@pytest.mark.parametrize(
    "content, problem",
    [
        (b"\xff\xfe\x00", "file"),
        (b"a,b\n1,2\n", "file"),
        (bill(), "file"),
        (bill(line("PA1", "42", "1.00"), line("PA2", "43", "1.00", at="2036-06-02 00:00:00")), "file"),
        (bill(line("PA1", "42", "x")), "row 2"),
        (bill(line("PA1", "42", "1.00", at="yesterday")), "row 2"),
        (bill(line("PA1", "42", "1.00").replace("SUCCESS", "DREAMT")), "row 2"),
    ],
)
def test_what_is_no_bill_is_refused_by_its_row(content: bytes, problem: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_bill(content)
    assert list(caught.value.problems) == [problem]


def test_a_bill_is_compared_row_by_row() -> None:
    rows = read_bill(bill(line("same", "42", "1.00"), line("less", "42", "1.00"), line("theirs", "42", "1.00"))).rows
    known = {"same": payment("same", 100), "less": payment("less", 50)}
    found = compare(rows, [*known.values(), payment("ours", 7)], known)
    assert [(one.number, one.ours, one.theirs) for one in found] == [("less", 50, 100), ("theirs", None, 100), ("ours", 7, None)]


def repayment(number: str, amount: int, state: RepaymentState = RepaymentState.DONE) -> Repayment:
    """Of a payment of that number."""
    now = datetime(2036, 6, 1, tzinfo=timezone.utc)
    about: dict[str, Any] = {"payment_id": 1, "payment_number": number, "total": 500, "asked_at": now, "look_at": None, "changed_at": now}
    return Repayment(id=1, revision=1, number=f"RF{number}", refund_id=1, order_id=1, user_id=1, amount=amount, state=state, **about)


def test_refunds_of_a_bill_are_compared_row_by_row() -> None:
    names = ("same", "less", "theirs", "failed", "undone")
    rows = read_bill(bill(*(line(name, f"4{place}", "0.00", refunded="1.00") for place, name in enumerate(names)))).rows
    rows = [replace(row, has_failed=True) if row.number in ("failed", "undone") else row for row in rows]
    there = {"same": repayment("same", 100), "less": repayment("less", 50), "undone": repayment("undone", 100)}
    there |= {"failed": repayment("failed", 100, RepaymentState.FAILED)}
    ours, later = repayment("ours", 7), repayment("later", 8)
    waiting, failed = repayment("waiting", 9, RepaymentState.WAITING), repayment("ours failed", 9, RepaymentState.FAILED)
    asked = [*there.values(), ours, later, waiting, failed]
    next_day = read_bill(bill(line("later", "49", "0.00", refunded="0.08", at="2036-06-02 00:00:01"))).rows
    found = compare_refunds(rows, asked, {one.number: one for one in asked}, next_day)
    assert [(one.number, one.ours, one.theirs) for one in found] == [
        ("less", 50, 100), ("theirs", None, 100), ("undone", 100, 0), ("ours", 7, None)
    ]
    assert [one.ours for one in compare_refunds(rows, [later], {})] == [None, None, None, 8]


def test_a_refund_that_came_back_to_the_shop_is_read() -> None:
    [row] = read_bill(bill(line("PA1", "42", "0.00", refunded="5.00").replace('`0.00,`,`', '`0.00,`,`FAIL'))).rows
    assert (row.has_failed, row.refund_number) == (True, "RFPA1")


def test_a_day_is_shanghai_s() -> None:
    first, end = bounds_of(date(2036, 6, 1))
    assert (first.isoformat(), (end - first).total_seconds()) == ("2036-05-31T16:00:00+00:00", 86400)

"""The rules of small things, without a server."""
from __future__ import annotations

import pytest

from server.domain.mall.distances import distance_km
from server.domain.mall.tools.segments import SegmentQuery, SegmentService
from server.domain.mall.tools.short_links import LinkHost, find_host
from server.domain.mall.tools.trade_days import (
    CalendarUnknown,
    ClosedOnHolidays,
    ClosedOnWeekends,
    DateWrong,
    TradeDays,
)
from server.outside.bar_codes import GtinReader
from server.outside.holidays import ChineseHolidays
from server.outside.mobile_segments import PhonenumbersSegments


@pytest.mark.parametrize(
    "url, host",
    [
        ("https://www.example.com/a?b=c#d", "www.example.com"),
        ("HTTP://Example.COM:8080", "example.com"),
        ("https://example.com./", "example.com"),
        ("https://example.com@evil.example/", None),
        ("https://example.com\\@evil.example/", None),
        ("https://example.com:x/", None),
        ("https:///evil.example", None),
        ("https://evil.example\n.example.com/", None),
        ("https://ex\u2100mple.com/", None),
        ("https://[::1", None),
        ("//example.com/", None),
        ("javascript:alert(1)//example.com", None),
        ("ftp://example.com/", None),
        ("", None),
    ],
)
def test_only_what_every_browser_reads_alike_has_a_host(url: str, host: str | None) -> None:
    assert find_host(url) == host


def test_a_host_lets_its_own_in_and_those_below_it_where_it_says_so() -> None:
    alone, wide = LinkHost(id=1, host="example.com"), LinkHost(id=2, host="example.com", has_subdomains=True)
    for host, by_alone, by_wide in (
        ("example.com", True, True), ("a.example.com", False, True), ("badexample.com", False, False), ("com", False, False)
    ):
        assert (alone.allows(host), wide.allows(host)) == (by_alone, by_wide)


def test_exchanges_trade_on_working_days() -> None:
    days = TradeDays(ChineseHolidays())
    days.check_open("2026-09-30")
    for text, error in (
        ("2026-10-03", ClosedOnWeekends),
        ("2026-10-01", ClosedOnHolidays),
        ("2026-10-10", ClosedOnWeekends),  # others work that Saturday
        ("2003-06-03", CalendarUnknown),
        ("2026-02-30", DateWrong),
        ("20261001", DateWrong),
        ("2026-W40-4", DateWrong),
        ("", DateWrong),
    ):
        with pytest.raises(error):
            days.check_open(text)
    assert days.find_next("2026-09-30") == days.find_next("2026-10-05") == "2026-10-08"
    assert days.find_next("2026-11-27") == "2026-11-30"
    for text in ("9999-12-31", "2003-06-03"):
        with pytest.raises(CalendarUnknown):
            days.find_next(text)


def test_bar_codes_are_known_by_their_check_digits() -> None:
    reader = GtinReader()
    read = reader.read("6901234567892")
    assert read is not None and (read.code, read.issuer) == ("6901234567892", "GS1 China")
    assert reader.read("96385074") is not None
    assert [reader.read(text) for text in ("6901234567891", "690", "abc", "", "６９０１２３４５６７８９２")] == [None] * 5


async def test_segments_are_found_where_they_were_given_out() -> None:
    segments = SegmentService(PhonenumbersSegments())
    found = await segments.locate("+86 139 5801 2345")
    assert (found.number, found.province, found.city, found.carrier) == (1395801, "浙江省", "杭州市", "中国移动")
    capital = await segments.locate("13800138000")
    assert (capital.province, capital.city) == ("北京市", "")
    wanted, after, passed = SegmentQuery(province="浙江", city="杭州", carrier="联通"), "0", []
    for _ in range(30):
        one = await segments.find_next(after, wanted)
        assert one.number > int(after) and (one.province, one.city, one.carrier) == ("浙江省", "杭州市", "中国联通")
        assert (await segments.locate(f"{one.number}0000")) == one
        after = str(one.number)
        passed.append(one.number)
    assert len(set(passed)) == 30
    assert (await segments.find_next("0", SegmentQuery(city="北京"))).province == "北京市"


def test_distances_are_along_the_great_circle() -> None:
    assert distance_km(0, 0, 0, 180) == pytest.approx(20015.1, abs=0.1)
    assert distance_km(30.27, 120.15, 39.9, 116.4) == pytest.approx(1124, abs=5)
    assert distance_km(90, 10, 90, 99) == pytest.approx(0, abs=1e-6)

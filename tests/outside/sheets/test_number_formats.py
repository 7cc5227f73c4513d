"""Tests of server/outside/sheets/number_formats.py: what Excel shows of numbers, as Excel shows it."""
from __future__ import annotations

import pytest

from server.outside.sheets.cells import Cell
from server.outside.sheets.number_formats import BUILT_IN, show_moment, show_number, show_text

SHOWN = [
    *(("20000", "General", "20000"), ("20000.0", "General", "20000"), ("2E4", "General", "20000"), ("-5", "General", "-5")),
    *(("19.95", "General", "19.95"), ("0.30000000000000004", "General", "0.3"), ("19.989999999999998", "General", "19.99")),
    *(("99999999999", "General", "99999999999"), ("0", "General", "0"), ("69001", "@", "69001")),
    *(("69001", "00000000", "00069001"), ("123456789", "00000000", "123456789"), ("123456789012345", "0", "123456789012345")),
    *(("12345678", "0000 0000", "1234 5678"), ("5", "000-000", "000-005"), ("1234567", "000-000", "1234-567")),
    *(("200", '"￥"#,##0.00', "￥200.00"), ("59.9", "[$¥-804]#,##0.00", "¥59.90"), ("5", "0.00_);[Red]\\(0.00\\)", "5.00")),
    *(("0.5", "0%", "50%"), ("0.125", "0.0%", "12.5%"), ("200", '0"元"', "200元"), ("200", "0元", "200元"), ("7", '"No."0', "No.7")),
    *(("-5", "0", "-5"), ("0", '0;-0;"-"', "-"), ("1.5", "0.0#", "1.5"), ("3", "_ * 0_ ", "3"), ("5", "#;[红色]-#", "5")),
    *(("5", "#,##0", "5"), ("0", "#,##0", "0")),
]
GROUPED = [
    *(("20000", "#,##0", "20,000", "20000"), ("1234567.5", "#,##0.00", "1,234,567.50", "1234567.50")),
    *(("1059.9", '"￥"#,##0.00', "￥1,059.90", "￥1059.90"), ("12", "0,000", "0,012", "0012")),
]
DOUBTED = [
    *(("1914310000010100017", "0", "digits"), ("1.9143100000101E+18", "General", "digits"), ("1000000000000000", "0", "digits")),
    *(("123456789012", "General", "power"), ("0.00001", "General", "power"), ("12345", "0.00E+00", "power")),
    *(("0.3333333333333333", "General", "rounded"), ("200.6", "0", "rounded"), ("0.005", "0%", "rounded")),
    *(("abc", "0", "error"), ("", "0", "error"), ("1E999", "0", "error"), ("1_0", "0", "error"), ("NaN", "0", "error")),
]
UNCERTAIN = [
    *(("70", ";;;"), ("0", "0;;"), ("0", "#"), ("70", "0,"), ("70", "0.0,"), ("-5", "0;0"), ("70", "[>=100]0;0.0"), ("70", "# ?/?")),
    *(("70", "[DBNum1][$-804]General"), ("70", "[$-D000000]0"), ("70", 'General"元"'), ("70", "number 77"), ("70", '"nothing"')),
    *(("70", "[h]:mm"), ("70", "h:mm"), ("70", "mmm-yy"), ("70", "yyyy-mmmmm-d"), ("70", "e/m/d")),
    *(("49827.50034722222", "yyyy-m-d h:mm"), ("59", "yyyy-m-d"), ("-1", "yyyy-m-d"), ("9e9", "yyyy-m-d")),
]


@pytest.mark.parametrize(("raw", "code", "text"), SHOWN)
def test_a_number_is_shown_as_its_format_says(raw: str, code: str, text: str) -> None:
    assert show_number(raw, code, is_1904=False) == Cell(text)


@pytest.mark.parametrize(("raw", "code", "text", "without"), GROUPED)
def test_commas_between_thousands_are_shown_and_known(raw: str, code: str, text: str, without: str) -> None:
    assert show_number(raw, code, is_1904=False) == Cell(text, number=without)


@pytest.mark.parametrize(("raw", "code", "doubt"), DOUBTED)
def test_a_number_that_is_not_shown_in_full_is_doubted(raw: str, code: str, doubt: str) -> None:
    assert show_number(raw, code, is_1904=False).doubt == doubt


@pytest.mark.parametrize(("raw", "code"), UNCERTAIN)
def test_a_format_that_shows_something_else_or_not_all_is_doubted_by_its_name(raw: str, code: str) -> None:
    assert show_number(raw, code, is_1904=False).doubt == f"format:{code}"


@pytest.mark.parametrize(
    ("raw", "code", "is_1904", "text"),
    [
        ("49827", "yyyy/m/d", False, "2036-06-01"),
        ("49827.5", 'yyyy"年"m"月"d"日" h:mm', False, "2036-06-01 12:00"),
        ("49827.50034722222", "yyyy-mm-dd hh:mm:ss", False, "2036-06-01 12:00:30"),
        ("49827.5", BUILT_IN[22], False, "2036-06-01 12:00"),
        ("48365", "yyyy年m月d日", True, "2036-06-01"),
        ("49827", "[$-F800]dddd, mmmm dd, yyyy", False, "2036-06-01"),
    ],
)
def test_a_date_is_told_as_one(raw: str, code: str, is_1904: bool, text: str) -> None:
    assert show_number(raw, code, is_1904=is_1904) == Cell(text, "date")


def test_a_date_may_be_written_as_one() -> None:
    assert show_moment("2036-06-01T12:00:00") == Cell("2036-06-01 12:00:00", "date")
    assert show_moment("June").doubt == "error"


@pytest.mark.parametrize(
    ("text", "code", "shown"),
    [
        *(("67E", "General", Cell("67E")), ("67E", "00000000", Cell("67E")), ("67E", '"PMG "@', Cell("PMG 67E"))),
        *(("67E", ";;;", Cell("67E", "format:;;;")), ("67E", '0;0;0;"No."@', Cell("No.67E")), ("#N/A", "@", Cell("#N/A", "error"))),
        *((" 67E", "@", Cell(" 67E")), ("#####", "General", Cell("#####", "too_narrow"))),
    ],
)
def test_a_text_is_shown_with_what_its_format_puts_around_it(text: str, code: str, shown: Cell) -> None:
    assert show_text(text, code) == shown

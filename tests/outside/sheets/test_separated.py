"""Tests of server/outside/sheets/separated.py: encodings by their bytes."""
from __future__ import annotations

import pytest

from server.outside.sheets import separated
from server.outside.sheets.cells import Cell, SheetNotReadable
from server.outside.sheets.separated import decode, read_lines

READ = [
    *(("龙钞补号,豹子号", "utf-8", "UTF-8"), ("龙钞补号", "utf-8-sig", "UTF-8"), ("é", "utf-8-sig", "UTF-8"), ("67E", "ascii", "UTF-8")),
    *(("龙钞补号,豹子号", "gb18030", "GB18030"), ("渣打150,航天号", "gb18030", "GB18030"), ("𠮷字號,🐯", "gb18030", "GB18030")),
    *(("龍鈔補號", "gb18030", "GB18030"), ("王喆", "gb18030", "GB18030"), ("龙钞补号", "utf-16", "UTF-16"), ("π ≈ 3", "utf-8", "UTF-8")),
]
REFUSED = [
    *(("龍鈔補號,豹子號", "big5"), ("渣打紀念鈔,獅子號", "big5"), ("中國銀行", "big5"), ("港幣,匯豐銀行", "big5"), ("補號", "big5")),
    *(("龙钞补号", "utf-16-le"), ("67E", "utf-16-be"), ("ドラゴン札", "shift_jis"), ("Zürich", "latin-1"), ("茅台", "gb18030")),
]


@pytest.mark.parametrize(("text", "encoding", "name"), READ)
def test_a_text_is_read_in_its_encoding(text: str, encoding: str, name: str) -> None:
    assert decode(f"sn,category\r\n1,{text}\r\n".encode(encoding)) == (f"sn,category\r\n1,{text}\r\n", name)


@pytest.mark.parametrize(("text", "encoding"), REFUSED)
def test_what_would_be_rubbish_or_may_be_another_text_is_refused(text: str, encoding: str) -> None:
    with pytest.raises(SheetNotReadable, match="save it as CSV UTF-8$"):
        decode(f"sn,category\r\n1,{text}\r\n".encode(encoding))


def test_of_a_text_that_may_be_two_both_readings_are_shown() -> None:
    with pytest.raises(SheetNotReadable, match=r"^is text in GB18030 \(干腹\) or in Big5 \(補號\), which cannot be told: "):
        decode("補號".encode("big5"))


def test_a_mark_is_believed() -> None:
    with pytest.raises(SheetNotReadable, match="^is no UTF-8, though it begins so"):
        decode(b"\xef\xbb\xbfsn\r\n" + "龙钞".encode("gb18030"))


@pytest.mark.parametrize(
    "text",
    [
        *("sn,score\n1,67E\n", "sn\tscore\r\n1\t67E", "sn;score\r1;67E\r2;a,b", "\n\nsn,score\n\n1,67E", 'sn;score\n1;"67E"'),
        "sep=;\r\nsn;score\r\n1;67E",
    ],
)
def test_the_separator_is_the_one_of_the_headings(text: str) -> None:
    (_, headings), (_, cells), *_ = read_lines(text)
    assert [[cell.text for cell in some.values()] for some in (headings, cells)] == [["sn", "score"], ["1", "67E"]]


def test_lines_are_counted_as_a_person_counts_them() -> None:
    lines = list(read_lines('sep=,\nsn,score\n\n"a\nb",1\n , \n2,,\n'))
    assert lines == [(2, {1: Cell("sn"), 2: Cell("score")}), (4, {1: Cell("a\nb"), 2: Cell("1")}), (7, {1: Cell("2")})]


@pytest.mark.parametrize(("text", "doubt"), [('="00069001"', "formula"), ("=1+1", "formula"), ("#REF!", "error"), ("######", "too_narrow")])
def test_what_a_sheet_exports_instead_of_a_text_is_doubted(text: str, doubt: str) -> None:
    quoted = text.replace('"', '""')
    (_, cells), *_ = read_lines(f'"{quoted}"')
    assert cells[1].doubt == doubt


def test_a_file_of_separators_costs_nothing() -> None:
    with pytest.raises(SheetNotReadable, match="^has more than 500000 cells$"):
        list(read_lines("," * (separated.MAX_CELLS + 1)))

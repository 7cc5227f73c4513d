"""Tests of server/outside/sheets: what is read is what a person sees, or is doubted."""
from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest

from server.domain.auctions.imports import Row
from server.outside.sheets import SheetNotReadable, read_sheet
from tests.outside.sheets.books import (
    GOOD,
    HEADINGS,
    MAIN,
    good_row,
    make_book,
    number,
    row,
    save,
    styles,
    text,
    worksheet,
)

Read = Callable[[bytes], list[Row]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    return lambda content: read_sheet(save(tmp_path, content)).rows


def doubts(rows: list[Row]) -> dict[int, dict[str, str]]:
    return {one.line: dict(one.unclear) for one in rows if one.unclear}


def test_a_sheet_is_read_as_it_stands_there(read: Read) -> None:
    rows = read(make_book(worksheet(good_row(), good_row(text("U9T0069001"), score=text(" 68E")))))
    assert rows == [Row(2, dict(zip(HEADINGS, GOOD))), Row(3, dict(zip(HEADINGS, ("U9T0069001", "龙钞补号", " 68E", *GOOD[3:]))))]


STORED = "<f>250*2</f>"
CELLS = {
    # what stands in the cell → what is read, and why it is doubted
    f"<c>{STORED}<v>500</v></c>": ("500", None),
    f'<c t="str">{STORED}<v>500</v></c>': ("500", None),
    f'<c t="str">{STORED}<v></v></c>': ("", None),
    f"<c>{STORED}<v/></c>": ("", "formula"),
    f"<c>{STORED}</c>": ("", "formula"),
    f'<c t="str">{STORED}</c>': ("", "formula"),
    '<c t="b"><v>1</v></c>': ("TRUE", "boolean"),
    '<c t="e"><v>#REF!</v></c>': ("#REF!", "error"),
    f'<c t="e">{STORED}<v>#DIV/0!</v></c>': ("#DIV/0!", "error"),
    '<c t="d"><v>2036-06-01T00:00:00</v></c>': ("2036-06-01 00:00:00", "date"),
    "<c><v>1.9143100000101E+18</v></c>": ("1.9143100000101E+18", "digits"),
    '<c t="s"><v>0</v></c>': ("shared", None),
    '<c t="s"><v>1</v></c>': ("two runs", None),
    '<c t="s"><v>2</v></c>': ("龙", None),
    '<c t="s"><v>3</v></c>': ("200180", "struck"),
    '<c t="inlineStr"><is><r><t>6</t></r><r><t>7E</t></r></is></c>': ("67E", None),
    '<c t="inlineStr"><is><t>a_x001B_b_x005F_x0041_</t></is></c>': ("a\x1bb_x0041_", None),
    '<c t="inlineStr"><is><t>_xD83D__xDC2F_</t></is></c>': ("🐯", None),
    '<c t="inlineStr"><is><t>00069001</t></is></c>': ("00069001", None),
    "<c/>": ("", None),
    '<c s="1"><v>20000</v></c>': ("20,000", None),
    '<c s="2"><v>69001</v></c>': ("00069001", None),
    '<c s="3"><v>49827</v></c>': ("2036-06-01", "date"),
    '<c s="4"><v>20000</v></c>': ("20000", "format:;;;"),
}
STRINGS = (
    f'<sst xmlns="{MAIN}"><si><t>shared</t></si><si><r><t xml:space="preserve">two </t></r><r><rPr><b/></rPr><t>runs</t></r></si>'
    '<si><t>龙</t><rPh sb="0" eb="1"><t>リュウ</t></rPh></si><si><r><rPr><strike/></rPr><t>200</t></r><r><t>180</t></r></si></sst>'
)


@pytest.mark.parametrize("cell", CELLS)
def test_what_a_person_sees_in_a_cell_is_read_or_doubted(read: Read, cell: str) -> None:
    looks = styles("#,##0", "00000000", "yyyy/m/d", ";;;")
    (found,) = read(make_book(worksheet(good_row(step=cell)), styles=looks, strings=STRINGS))
    assert (found.texts["step"], found.unclear.get("step")) == CELLS[cell]


def test_commas_that_the_format_puts_in_are_known(read: Read) -> None:
    (found,) = read(make_book(worksheet(good_row(step=number("20000", 1))), styles=styles("#,##0")))
    assert found.numbers == {"step": "20000"}


def test_a_font_that_strikes_out_is_doubted(read: Read) -> None:
    looks = styles("0", fonts=("<font/>", "<font><strike/></font>"), font=1)
    assert doubts(read(make_book(worksheet(good_row(step=number("5", 1))), styles=looks))) == {2: {"step": "struck"}}


def test_a_formula_that_its_writer_left_to_excel_is_doubted(read: Read) -> None:
    rows = [good_row(step=f"<c>{STORED}<v>{value}</v></c>") for value in (0, 500)]
    again = '<calcPr fullCalcOnLoad="1"/>'
    assert doubts(read(make_book(worksheet(*rows), about=again))) == {2: {"step": "formula"}}
    assert doubts(read(make_book(worksheet(*rows)))) == {}


def test_days_are_counted_as_the_workbook_says(read: Read) -> None:
    (found,) = read(make_book(worksheet(good_row(step=number("48365", 1))), styles=styles("yyyy/m/d"), about='<workbookPr date1904="1"/>'))
    assert found.texts["step"] == "2036-06-01"


@pytest.mark.parametrize(
    ("ref", "doubted"),
    [
        ("G2:G4", {line: {"step": "merged:G2:G4"} for line in (2, 3, 4)}),
        ("E3:F3", {3: {"low_price": "merged:E3:F3", "top_price": "merged:E3:F3"}}),
        *(("J2:K9", {}), ("A9:G9", {}), ("A1:B1", {})),
    ],
)
def test_merged_cells_are_doubted_in_every_row(read: Read, ref: str, doubted: dict[int, dict[str, str]]) -> None:
    merged = f'<mergeCells count="1"><mergeCell ref="{ref}"/></mergeCells>'
    assert doubts(read(make_book(worksheet(good_row(), good_row(), good_row(), after=merged)))) == doubted


@pytest.mark.parametrize("about", ['hidden="1"', 'hidden="true"', 'ht="0" customHeight="1"'])
def test_a_hidden_row_is_doubted(read: Read, about: str) -> None:
    assert doubts(read(make_book(worksheet(good_row(), good_row(about=about))))) == {3: {"sn": "hidden_row"}}


@pytest.mark.parametrize("about", ['hidden="1"', 'width="0" customWidth="1"'])
def test_a_hidden_column_is_doubted_once_where_it_holds_something(read: Read, about: str) -> None:
    hidden = f'<cols><col min="7" max="16384" {about}/></cols>'
    rows = [good_row(step="<c/>"), good_row(), good_row()]
    assert doubts(read(make_book(worksheet(*rows, before=hidden)))) == {3: {"step": "hidden_column"}}


def test_zeros_that_are_not_shown_are_doubted(read: Read) -> None:
    view = '<sheetViews><sheetView showZeros="0" workbookViewId="0"/></sheetViews>'
    assert doubts(read(make_book(worksheet(good_row(step=number("0")), before=view)))) == {2: {"step": "hidden_zero"}}


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_the_sheet_that_is_shown_is_read(read: Read, state: str) -> None:
    sheets = {"旧价": worksheet(good_row(text("old"))), "第10期": worksheet(good_row())}
    assert [found.texts["sn"] for found in read(make_book(sheets, states={"旧价": state}))] == [GOOD[0]]


def test_empty_sheets_beside_it_do_not_matter(read: Read) -> None:
    empty = worksheet(headings=())
    assert len(read(make_book({"Sheet2": empty, "Sheet1": worksheet(good_row()), "Sheet3": empty}))) == 1


def test_of_several_sheets_none_is_chosen(read: Read) -> None:
    with pytest.raises(SheetNotReadable, match='^shows 2 sheets that hold something \\("a", "b"\\): hide or remove all but one$'):
        read(make_book({"a": worksheet(good_row()), "b": worksheet(good_row())}))


def test_a_workbook_that_shows_no_sheet_is_refused(read: Read) -> None:
    with pytest.raises(SheetNotReadable, match="^has no sheet that is shown$"):
        read(make_book(worksheet(good_row()), states={"Sheet1": "hidden"}))


def test_gaps_and_what_stands_beyond_the_columns_are_found(read: Read) -> None:
    beyond = '<row r="7"><c r="A7" t="inlineStr"><is><t>x</t></is></c><c r="XFD7"><v>7</v></c></row>'
    lies = '<dimension ref="A1:A1"/>'
    (first, second) = read(make_book(worksheet(good_row(), beyond, before=lies)))
    assert (first.line, second.line, second.texts["sn"], second.texts[""]) == (2, 7, "x", "7")


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
ZIP = b"PK\x03\x04"
KINDS = [
    *(("goods.xls", OLE, "is a workbook of Excel 97-2003 (.xls): "), ("goods.xlsx", OLE, "is a workbook of Excel 97-2003 (.xls): ")),
    *(("goods.csv", OLE, "is a workbook of Excel 97-2003 (.xls): "), ("goods.xls", b"\x09\x08\x10\x00", "is a workbook of Excel 97-2003")),
    *((name, OLE + "EncryptedPackage".encode("utf-16-le"), "is protected by a password: ") for name in ("goods.xlsx", "goods.xls")),
    *(("goods.xlsm", ZIP, "is a workbook with macros (.xlsm): "), ("goods.xlsb", ZIP, "is a binary workbook (.xlsb): ")),
    *(("goods.ods", ZIP, "is an OpenDocument sheet (.ods): "), ("goods.numbers", ZIP, "is a document of Numbers: ")),
    *(("goods.csv", ZIP, "is an Excel workbook by the name of a .csv"), ("goods.txt", b"sn", "is a text without the name of a .csv")),
    *(("goods.xlsx", b"\xef\xbb\xbf<HTML>", "is a web page by the name of a workbook"), ("goods.xlsx", b"<?xml?>", "is an XML document")),
    ("goods.pdf", b"%PDF", "is neither .csv nor .xlsx"),
]


@pytest.mark.parametrize(("name", "content", "said"), KINDS)
def test_a_file_of_another_kind_is_named_as_such(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    with pytest.raises(SheetNotReadable) as refused:
        read_sheet(save(tmp_path, content, name))
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (("xl/workbook.bin",), "is a binary workbook (.xlsb): "),
        (("mimetype", "content.xml"), "is an OpenDocument sheet (.ods): "),
        (("Index/Document.iwa",), "is a document of Numbers: "),
        (("word/document.xml",), "is no Excel workbook that can be read: _rels/.rels is missing"),
    ],
)
def test_an_archive_of_another_kind_is_named_whatever_its_name_says(read: Read, parts: tuple[str, ...], said: str) -> None:
    file = io.BytesIO()
    with ZipFile(file, "w") as archive:
        for name in parts:
            archive.writestr(name, "")
    with pytest.raises(SheetNotReadable) as refused:
        read(file.getvalue())
    assert str(refused.value).startswith(said)


def test_what_a_library_writes_is_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_chartsheet()
    book.active.append(["sn", "step"])
    book.active.append(["U9T0069000", 500])
    book.active["A3"], book.active["B3"] = "=A2", 1.5
    book.save(tmp_path / "goods.xlsx")
    book.close()
    first, second = read_sheet(tmp_path / "goods.xlsx").rows
    assert first == Row(2, {"sn": "U9T0069000", "step": "500"})
    assert second == Row(3, {"sn": "", "step": "1.5"}, {"sn": "formula"})


def test_rows_and_cells_that_come_twice_are_refused(read: Read) -> None:
    for twice in ('<row r="2"><c r="A2"/><c r="A2"/></row>', '<row r="1"/>', '<row r="2"><c r="A3"/></row>', '<row r="1048577"/>'):
        with pytest.raises(SheetNotReadable, match="^is no Excel workbook that can be read: xl/worksheets/sheet1.xml: "):
            read(make_book(worksheet(twice)))


def test_headings_and_rows_may_be_anywhere(read: Read) -> None:
    (found,) = read(make_book(worksheet(row(), row(text(" sn ")), row(), row(text("A")), headings=())))
    assert found == Row(5, {"sn": "A"})

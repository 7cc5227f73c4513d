"""Tests of server/outside/sheets/archive.py: what would cost too much is refused before it does."""
from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from server.outside.sheets import SheetNotReadable, archive, read_sheet
from tests.commands.runs import ROOT
from tests.outside.sheets.books import MAIN, good_row, make_book, save, text, worksheet

SPACE = 160 * 2**20  # what an import may use in all; half of it is Python's and the libraries'
READ = """
import resource, sys
from pathlib import Path
from server.outside.sheets import SheetNotReadable, read_sheet
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]),) * 2)
try:
    print(len(read_sheet(Path(sys.argv[1])).rows))
except SheetNotReadable as error:
    print(error)
"""
TOO_MANY = "has more cells than an import reads, perhaps empty ones: copy the rows that are sold into a new workbook"
TOO_WIDE = "is no Excel workbook that can be read: xl/worksheets/sheet1.xml: 16385 comes after 16384"
TOO_LARGE = "unpacks to more than 64 MB: copy the rows that are sold into a new workbook"


def shared(texts: str) -> str:
    return f'<sst xmlns="{MAIN}">{texts}</sst>'


BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "a million rows of empty cells": (lambda: make_book(worksheet("<row><c/><c/><c/><c/></row>" * 1_000_000)), TOO_MANY),
    "one row of them": (lambda: make_book(worksheet("<row>" + "<c/>" * 4_000_000 + "</row>")), TOO_WIDE),
    "a text": (lambda: make_book(worksheet(text("0" * 2**27))), TOO_LARGE),
    "shared texts": (lambda: make_book(worksheet(), strings=shared("<si><t>0</t></si>" * 1_000_000)), TOO_MANY),
    "a shared text": (lambda: make_book(worksheet(), strings=shared(f"<si><t>{'0' * 2**27}</t></si>")), TOO_LARGE),
    "elements of no meaning": (lambda: make_book(worksheet("<x/>" * 2_000_000)), TOO_MANY),
    "a sheet merged as a whole": (
        lambda: make_book(worksheet(good_row(), after='<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>')),
        "1",
    ),
    "a cell in the last corner": (lambda: make_book(worksheet('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')), "1"),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_small_file_that_unpacks_to_much_is_refused_in_little_memory(tmp_path: Path, bomb: str) -> None:
    make, said = BOMBS[bomb]
    run = subprocess.run(
        [sys.executable, "-c", READ, save(tmp_path, make()), str(SPACE)], cwd=ROOT, capture_output=True, text=True
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, f"{said}\n", "")


def test_what_an_import_may_hold_is_read_in_that_memory(tmp_path: Path) -> None:
    rows = "".join(good_row(text(f"U9T{number:07}")) for number in range(20_000))
    run = subprocess.run(
        [sys.executable, "-c", READ, save(tmp_path, make_book(worksheet(rows))), str(2 * SPACE)], cwd=ROOT, capture_output=True, text=True
    )
    assert (run.stdout, run.stderr) == ("20000\n", "")


def test_a_size_that_the_archive_lies_about_does_not_matter(tmp_path: Path) -> None:
    content = make_book(worksheet(good_row(), "<row/>" * 10_000))
    size = struct.pack("<L", len(worksheet(good_row(), "<row/>" * 10_000).encode()))
    assert content.count(size) == 2
    with pytest.raises(SheetNotReadable, match="^is no Excel workbook that can be read: "):
        read_sheet(save(tmp_path, content.replace(size, struct.pack("<L", 100))))


def test_an_archive_of_many_parts_is_refused_before_they_are_listed(tmp_path: Path) -> None:
    many = {f"xl/media/image{number}.png": b"" for number in range(5_000)}
    with pytest.raises(SheetNotReadable, match="^has more parts than a workbook"):
        read_sheet(save(tmp_path, make_book(worksheet(good_row()), more=many)))


def test_pictures_are_not_unpacked(tmp_path: Path) -> None:
    pictures = {"xl/media/image1.png": bytes(archive.MAX_BYTES + 1)}
    assert len(read_sheet(save(tmp_path, make_book(worksheet(good_row()), more=pictures))).rows) == 1


def test_a_file_that_is_too_large_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "goods.csv"
    with path.open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(SheetNotReadable, match="^is larger than 32 MB$"):
        read_sheet(path)


ENTITIES = '<!DOCTYPE worksheet [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize(
    "sheet",
    [ENTITIES + worksheet(good_row()), worksheet(good_row())[:-5], "", "sn", worksheet('<row r="x"/>'), worksheet('<row><c s="9"/></row>')],
)
def test_a_damaged_workbook_is_said(tmp_path: Path, sheet: str) -> None:
    with pytest.raises(SheetNotReadable, match="^is no Excel workbook that can be read: xl/worksheets/sheet1.xml: "):
        read_sheet(save(tmp_path, make_book(sheet)))


def test_every_cut_of_a_workbook_is_said(tmp_path: Path) -> None:
    content = make_book(worksheet(good_row()))
    for length in range(4, len(content), 7):
        with pytest.raises(SheetNotReadable):
            read_sheet(save(tmp_path, content[:length]))


def test_a_part_that_is_encrypted_is_said(tmp_path: Path) -> None:
    content = bytearray(make_book(worksheet(good_row())))
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = -1
        while (place := content.find(signature, place + 1)) >= 0:
            content[place + at] |= 1
    with pytest.raises(SheetNotReadable, match="^is protected by a password"):
        read_sheet(save(tmp_path, bytes(content)))

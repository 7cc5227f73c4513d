"""Tests of server/commands/importing_offers.py: the real command, on files as people have them."""
from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import openpyxl
import pytest
from tornado.ioloop import IOLoop

from server.bootstrap import Application
from server.config import Config
from server.domain.groupbuy.offers import Offer
from server.domain.paging import ListQuery, PageQuery
from tests.catalogue import make_furniture
from tests.commands.runs import run_command
from tests.outside.sheets.books import make_book, number, row, styles, text, worksheet

HEADINGS = (
    "groupbuy_name,groupbuy_type,groupbuy_starttime,groupbuy_endtime,goods_name,shop_id,"
    "goods_price,groupbuy_price,groupbuy_cat_id,groupbuy_area_id"
)
LINES = (
    HEADINGS,
    "护币袋,1,2036-06-01 12:00,2036-06-09 12:00:30,护币袋一百枚,1,59.9,19.95,12,",
    "欢唱两小时,虚拟商品,2036-06-01 12:00:00,2036-06-09 12:00,小包两小时,1,100,30,24,25",
)

Listed = Callable[[], list[Offer]]


@pytest.fixture
def listed(io_loop: IOLoop, application: Application) -> Listed:
    """Every offer that a server beside the command shows, oldest first."""
    io_loop.run_sync(lambda: make_furniture(application))
    desk = application.services.groupbuy.offers
    return lambda: io_loop.run_sync(lambda: desk.page(ListQuery(), PageQuery(1, 100))).items[::-1]


def sheet(tmp_path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "offers.csv"
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_is_imported_beside_a_running_server(config: Config, listed: Listed, tmp_path: Path, encoding: str) -> None:
    run = run_command(config, "import-groupbuy", sheet(tmp_path, *LINES, encoding=encoding))
    assert (run.returncode, run.stdout, run.stderr) == (0, "offers.csv: 2 offers imported\n", "")
    assert [(offer.name, offer.price, offer.city_id, offer.area_id) for offer in listed()] == [
        ("护币袋", 1995, 0, 0),
        ("欢唱两小时", 3000, 15, 25),
    ]


def test_a_workbook_is_imported(config: Config, listed: Listed, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for line in LINES[:2]:
        book.active.append([float(cell) if cell.replace(".", "").isdigit() else cell for cell in line.split(",")])
    book.save(tmp_path / "offers.xlsx")
    book.close()
    run = run_command(config, "import-groupbuy", tmp_path / "offers.xlsx")
    assert (run.returncode, run.stdout, run.stderr) == (0, "offers.xlsx: 1 offer imported\n", "")
    assert [(offer.goods_price, offer.price) for offer in listed()] == [(5990, 1995)]


def offer_book(tmp_path: Path, **cells: str) -> Path:
    """A workbook of one offer with real dates and prices in yuan, and other cells in some columns."""
    usual = {name: number(cell) if cell.isdigit() else text(cell) for name, cell in zip(HEADINGS.split(","), LINES[1].split(","))}
    shown = {
        **{"groupbuy_starttime": number("49827.5", 1), "groupbuy_endtime": number("49835.5", 1)},
        **{"goods_price": number("1059.9", 2), "groupbuy_price": number("19.95", 2)},
    }
    book = make_book(
        worksheet(row(*{**usual, **shown, **cells}.values()), headings=HEADINGS.split(",")),
        styles=styles("yyyy/m/d h:mm", '"￥"#,##0.00', "yyyy/m/d", "0"),
    )
    path = tmp_path / "offers.xlsx"
    path.write_bytes(book)
    return path


def test_dates_and_prices_are_sold_as_a_workbook_shows_them(config: Config, listed: Listed, tmp_path: Path) -> None:
    run = run_command(config, "import-groupbuy", offer_book(tmp_path))
    assert (run.returncode, run.stderr) == (0, "")
    (offer,) = listed()
    assert (offer.goods_price, offer.price) == (105990, 1995)
    assert offer.start_at == datetime(2036, 6, 1, 4, tzinfo=timezone.utc)


def test_what_a_workbook_does_not_show_is_refused(config: Config, listed: Listed, tmp_path: Path) -> None:
    cells = {
        **{"groupbuy_name": number("49827", 3), "groupbuy_starttime": number("49827.5", 3), "goods_name": text("护币\u202e袋")},
        **{"shop_id": "<c><f>1</f></c>", "groupbuy_price": number("19.95", 4)},
    }
    run = run_command(config, "import-groupbuy", offer_book(tmp_path, **cells))
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.splitlines() == [
        'offers.xlsx line 2: groupbuy_name: "2036-06-01" is a date: type it again in a column formatted as text',
        'offers.xlsx line 2: groupbuy_starttime: "2036-06-01" is not YYYY-MM-DD HH:MM[:SS]',
        'offers.xlsx line 2: goods_name: "护币\\u202e袋" has a character that is not seen (U+202E)',
        "offers.xlsx line 2: shop_id: is a formula, and the file does not hold what it makes",
        'offers.xlsx line 2: groupbuy_price: "19.95" is shown rounded',
        "nothing was imported",
    ]
    assert listed() == []


def test_every_bad_cell_is_said_by_its_line_and_nothing_is_imported(config: Config, listed: Listed, tmp_path: Path) -> None:
    path = sheet(
        tmp_path,
        LINES[0] + ",note",
        LINES[1],
        "护币袋,3,2036-06-01,2036-06-09 12:00:30,护币袋一百枚,1,59.9,19.955,12,,x",
        "护币袋,1,2036-06-09 12:00,2036-06-09 12:00,护币袋一百枚,9,59.9,60,24,",
        "护币袋,1,0001-01-01 00:00,2036-06-09 12:00,护币袋一百枚,99999999999,59.9,0,12,",
    )
    run = run_command(config, "import-groupbuy", path)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.splitlines() == [
        'offers.csv line 3: groupbuy_type: "3" is none of 1, 2, 实物, 虚拟商品',
        'offers.csv line 3: groupbuy_starttime: "2036-06-01" is not YYYY-MM-DD HH:MM[:SS]',
        'offers.csv line 3: groupbuy_price: "19.955" is not an amount in yuan with at most two decimals',
        'offers.csv line 3: note: "x" stands in a column of no meaning here',
        'offers.csv line 4: groupbuy_endtime: "2036-06-09 12:00" is not after groupbuy_starttime',
        'offers.csv line 4: groupbuy_price: "60" is above goods_price',
        'offers.csv line 4: groupbuy_cat_id: there is no "24" here',
        'offers.csv line 4: shop_id: there is no "9" here',
        'offers.csv line 5: groupbuy_starttime: "0001-01-01 00:00" is less than 2000-01-01',
        'offers.csv line 5: shop_id: "99999999999" is more than 2147483647',
        'offers.csv line 5: groupbuy_price: "0" is less than 0.01',
        "nothing was imported",
    ]
    assert listed() == []


def test_a_dry_run_checks_and_writes_nothing(config: Config, listed: Listed, tmp_path: Path) -> None:
    run = run_command(config, "import-groupbuy", sheet(tmp_path, *LINES), "--dry-run")
    assert (run.returncode, run.stdout) == (0, "offers.csv: 2 offers can be imported; nothing was written (--dry-run)\n")
    assert listed() == []


@pytest.mark.parametrize(
    "lines, said",
    [
        ((), "offers.csv is empty\n"),
        ((HEADINGS,), "offers.csv has no offers\n"),
        (("groupbuy_name", "a"), "offers.csv line 2: groupbuy_type: the column is missing\n"),
        ((HEADINGS, '"a"b'), "offers.csv line 2: "),
    ],
)
def test_a_file_that_is_no_list_of_offers_is_refused(config: Config, tmp_path: Path, lines: tuple[str, ...], said: str) -> None:
    run = run_command(config, "import-groupbuy", sheet(tmp_path, *lines))
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith(said)


def test_help_names_the_columns(config: Config) -> None:
    run = run_command(config, "import-groupbuy", "--help")
    assert run.returncode == 0
    assert "groupbuy_starttime, groupbuy_endtime" in run.stdout and "groupbuy_area_id" in run.stdout

"""Tests of server/commands/importing.py: the real command, on files as people have them."""
from __future__ import annotations

import os
import pty
import re
import resource
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest
from pymongo import MongoClient

from server.config import Config
from server.domain.auctions.goods import Lot
from server.domain.auctions.groups import Group
from server.domain.pictures import picture_id
from server.process.embedded import EmbeddedServices
from server.process.memory import LEAST_BYTES
from server.storage.auctions.goods import MongoLots
from server.storage.auctions.groups import MongoGroups
from server.storage.mongo import Sequences
from tests.belongings import picture
from tests.commands.runs import ROOT, RUN_SECONDS, command, environment, run_command
from tests.outside.sheets.books import good_row, make_book, number, styles, text, worksheet

GOODS = Path(__file__).parent / "goods.csv"  # of the document
HEADINGS = "sn,category,score,sn_no,low_price,top_price"
LINES = (HEADINGS, 'U9T0069000,龙钞补号," 67E",豹子号,20000,40000', "U9T0069001,渣打150,68E,豹子号,20100,40100")
TIMES = ("--start", "2036-06-01 12:00", "--end", "2036-06-02 20:30:15")
START, END = datetime(2036, 6, 1, 4, tzinfo=timezone.utc), datetime(2036, 6, 2, 12, 30, 15, tzinfo=timezone.utc)

Stored = Callable[[int], tuple[Group, list[Lot]] | None]


@pytest.fixture
def stored(io_loop, mongo) -> Stored:
    """The group of an issue with its lots, or None."""
    groups, lots = MongoGroups(mongo, Sequences(mongo)), MongoLots(mongo, Sequences(mongo))

    async def find(issue: int) -> tuple[Group, list[Lot]] | None:
        group = await groups.find_by_issue(issue)
        return None if group is None else (group, await lots.list_lots(group.id))

    return lambda issue: io_loop.run_sync(lambda: find(issue))


def sheet(tmp_path: Path, content: bytes | str, name: str = "goods.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def workbook(tmp_path: Path, *rows: list) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    path = tmp_path / "goods.xlsx"
    book.save(path)
    book.close()
    return path


def test_the_documents_goods_are_imported(config, stored):
    run = run_command(config, "import", GOODS, "--issue", "7", *TIMES)
    assert (run.returncode, run.stderr) == (0, "")
    group, lots = stored(7)
    assert run.stdout.splitlines() == [
        "goods.csv: 34 goods, read as UTF-8",
        f"issue 7 is group {group.id}: 34 goods in 4 categories (龙钞补号、渣打150、航天号、荷花钞),"
        " from 2036-06-01 12:00:00 to 2036-06-02 20:30:15 in Asia/Shanghai",
    ]
    assert (group.start_at, group.end_at, group.categories) == (START, END, ("龙钞补号", "渣打150", "航天号", "荷花钞"))
    assert [(lot.sn, lot.low_price, lot.top_price) for lot in lots] == [
        (f"U9T00690{number:02}", 20000 + number * 100, 40000 + number * 100) for number in range(34)
    ]
    assert {(lot.step, lot.extend_window_seconds, lot.latest_end_at) for lot in lots} == {(1, 60, END + timedelta(minutes=30))}


@pytest.mark.parametrize(
    ("encoding", "newline", "said"),
    [
        *(("utf-8", "\n", "UTF-8"), ("utf-8-sig", "\r\n", "UTF-8"), ("gb18030", "\r\n", "GB18030"), ("utf-8", "\r", "UTF-8")),
    ],
)
def test_a_csv_is_read_in_the_encodings_that_excel_and_others_write(config, stored, tmp_path, encoding, newline, said):
    path = sheet(tmp_path, newline.join(LINES).encode(encoding))
    run = run_command(config, "import", path, "--issue", "7", *TIMES)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith(f"goods.csv: 2 goods, read as {said}\n")
    assert [(lot.sn, lot.category, lot.score) for lot in stored(7)[1]] == [("U9T0069000", "龙钞补号", " 67E"), ("U9T0069001", "渣打150", "68E")]


def test_a_workbook_may_keep_whole_numbers_as_fractions_and_leave_rows_empty(config, stored, tmp_path):
    headings = [*HEADINGS.split(","), "step", None]
    first = ["U9T0069000", "龙钞补号", " 67E", "豹子号", 20000.0, 40000, 50]
    second = [69001, "龙钞补号", 68, None, "20100", 40100.0, None]
    path = workbook(tmp_path, [None, " "], headings, first, [], [None] * 7, second)
    run = run_command(config, "import", path, "--issue", "7", *TIMES, "--step", "5", "--extend-window", "0", "--extend-limit", "90")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("goods.xlsx: 2 goods\n")
    _, lots = stored(7)
    assert [(lot.sn, lot.score, lot.sn_no, lot.low_price, lot.top_price, lot.step) for lot in lots] == [
        ("U9T0069000", " 67E", "豹子号", 20000, 40000, 50),
        ("69001", "68", "", 20100, 40100, 5),
    ]
    assert {(lot.extend_window_seconds, lot.latest_end_at) for lot in lots} == {(0, END + timedelta(seconds=90))}


def test_every_bad_cell_is_said_and_nothing_is_imported(config, stored, tmp_path):
    lines = [
        HEADINGS + ",remark",
        "A,龙钞,67E,豹子号,20000,40000,",
        "B,龙钞,67E,豹子号,abc,40000,",
        "",
        "A,龙钞,67E,豹子号,40000,40000,",
        '"C",龙钞,"67\nE",豹子号,1,2,注意',
        "D,龙钞,67E,豹子号,200.00,-5,,7",
    ]
    run = run_command(config, "import", sheet(tmp_path, "\n".join(lines)), "--issue", "7", *TIMES)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.splitlines() == [
        'goods.csv line 3: low_price: "abc" is not a whole number of fen',
        'goods.csv line 5: low_price: "40000" is not below top_price',
        'goods.csv line 5: sn: "A" stands on line 2 already',
        'goods.csv line 6: remark: "注意" stands in a column of no meaning here',
        'goods.csv line 8: low_price: "200.00" is not a whole number of fen',
        'goods.csv line 8: top_price: "-5" is less than 1 fen',
        'goods.csv line 8: "7" stands beside the columns',
        "nothing was imported",
    ]
    assert stored(7) is None


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "goods.csv", "goods.csv is empty\n"),
        (HEADINGS.encode(), "goods.csv", "goods.csv has no goods\n"),
        (b"sn,\xff\xff", "goods.csv", "goods.csv is text neither in UTF-8 nor in GB18030\n"),
        (b"sn,category,sn\n1,2,3", "goods.csv", 'goods.csv line 1: the column "sn" stands there twice\n'),
        (b'sn\n"1" 2', "goods.csv", "goods.csv line 2: ',' expected after '\"'\n"),
        (b"sn,category\n1,2", "goods.xlsx", "goods.xlsx is no Excel workbook that can be read: File is not a zip file\n"),
    ],
)
def test_a_file_that_holds_no_sheet_is_said(config, tmp_path, content, name, said):
    run = run_command(config, "import", sheet(tmp_path, content, name), "--issue", "7", *TIMES)
    assert (run.returncode, run.stdout, run.stderr) == (1, "", said)


def test_what_a_person_does_not_see_is_said_by_row_and_column(config, stored, tmp_path):
    merged = '<mergeCells><mergeCell ref="G3:G4"/></mergeCells>'
    rows = [
        good_row(number("1914310000010100017"), step="<c><f>500*1</f><v/></c>"),
        good_row(number("69001", 1), low_price=number("200", 2), top_price=number("49827", 3)),
        good_row(text("U9\u041269002"), category='<c t="e"><v>#N/A</v></c>', about='hidden="1"', sn_no='<c t="b"><v>1</v></c>'),
    ]
    looks = styles("00000000", '"￥"#,##0.00', "yyyy/m/d")
    path = tmp_path / "goods.xlsx"
    path.write_bytes(make_book(worksheet(*rows, after=merged), styles=looks))
    run = run_command(config, "import", path, "--issue", "7", *TIMES)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.splitlines() == [
        'goods.xlsx line 2: sn: "1914310000010100017" has more digits than a sheet keeps of a number:'
        " type it again in a column formatted as text",
        "goods.xlsx line 2: step: is a formula, and the file does not hold what it makes",
        'goods.xlsx line 3: low_price: "￥200.00" is not a whole number of fen',
        'goods.xlsx line 3: top_price: "2036-06-01" is a date: type it again in a column formatted as text',
        "goods.xlsx line 3: step: is merged with other cells (G3:G4)",
        "goods.xlsx line 4: sn: stands in a hidden row: show the row or delete it",
        'goods.xlsx line 4: category: "#N/A" is an error of the sheet',
        'goods.xlsx line 4: sn_no: "TRUE" is a truth value, not a text',
        "goods.xlsx line 4: step: is merged with other cells (G3:G4)",
        "nothing was imported",
    ]
    assert stored(7) is None


def test_what_a_number_format_shows_is_sold(config, stored, tmp_path):
    path = tmp_path / "goods.xlsx"
    rows = [good_row(number("69001", 1), low_price=number("20000", 2), step='<c t="str"><f>250*2</f><v>500</v></c>')]
    sheets = {"旧价": worksheet(good_row(low_price=number("1"))), "第10期": worksheet(*rows)}
    path.write_bytes(make_book(sheets, states={"旧价": "hidden"}, styles=styles("00000000", "#,##0")))
    run = run_command(config, "import", path, "--issue", "7", *TIMES)
    assert (run.returncode, run.stderr) == (0, "")
    assert [(lot.sn, lot.low_price, lot.step) for lot in stored(7)[1]] == [("00069001", 20000, 500)]


def test_an_old_workbook_is_named_as_such(config, tmp_path):
    old = sheet(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504), "goods.xls")
    run = run_command(config, "import", old, "--issue", "7", *TIMES)
    said = "goods.xls is a workbook of Excel 97-2003 (.xls): save it as .xlsx or as CSV UTF-8\n"
    assert (run.returncode, run.stdout, run.stderr) == (1, "", said)


def test_nothing_in_a_file_does_anything_to_a_terminal(config, tmp_path):
    lines = [HEADINGS + ",\x1b[2Jstep", "U9T,龙钞\u202e号,68\x1b[31mE,豹子号,20000,40000,\u200f5"]
    run = run_command(config, "import", sheet(tmp_path, "\n".join(lines), "go\x1bods.csv"), "--issue", "7", *TIMES)
    assert run.stderr.splitlines() == [
        'go\\x1bods.csv line 2: category: "龙钞\\u202e号" has a character that is not seen (U+202E)',
        'go\\x1bods.csv line 2: score: "68\\x1b[31mE" has a character that is not seen (U+001B)',
        'go\\x1bods.csv line 2: \\x1b[2Jstep: "\\u200f5" has a character that is not seen (U+200F)',
        "nothing was imported",
    ]


def run_within(space: int, config: Config, file: Path) -> subprocess.CompletedProcess[str]:
    """The import in a process that may have that many bytes of addresses."""
    return subprocess.run(
        command("import", file, "--issue", "7", *TIMES),
        cwd=ROOT,
        env=environment(config),
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (space, space)),
    )


@pytest.mark.parametrize("space", [2**20 * size for size in (24, 40, 62, 255)])
def test_where_memory_does_not_suffice_that_is_all_that_is_said(config, tmp_path, space):
    run = run_within(space, config, GOODS)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == f"run.py: there is not enough memory: 256 MB are needed, {space >> 20} MB allowed (ulimit -v)\n"


def test_the_least_memory_suffices_even_for_a_file_that_wants_to_use_it_up(config, tmp_path):
    bomb = tmp_path / "goods.xlsx"
    bomb.write_bytes(make_book(worksheet("<row><c/><c/><c/><c/></row>" * 1_000_000)))
    run = run_within(LEAST_BYTES, config, bomb)
    assert (run.returncode, run.stdout) == (1, "")
    assert re.fullmatch(r"goods\.xlsx has more cells than .*\n", run.stderr)


def test_a_column_that_is_missing_is_said_for_each_row(config, tmp_path):
    path = sheet(tmp_path, "sn,category,score,sn_no,low_price\nA,龙钞,67E,,1\n")
    run = run_command(config, "import", path, "--issue", "7", *TIMES)
    assert run.stderr.splitlines()[0] == "goods.csv line 2: top_price: the column is missing"


def test_of_a_file_of_another_kind_a_hundred_problems_are_enough(config, tmp_path):
    rows = "".join(f"{number},龙钞,67E,,x,1\n" for number in range(200))
    run = run_command(config, "import", sheet(tmp_path, f"{HEADINGS}\n{rows}"), "--issue", "7", *TIMES)
    lines = run.stderr.splitlines()
    assert len(lines) == 102
    assert lines[-2:] == ["… and 100 problems more", "nothing was imported"]


def test_an_issue_that_exists_is_refused(config, stored):
    assert run_command(config, "import", GOODS, "--issue", "7", *TIMES).returncode == 0
    before = stored(7)
    run = run_command(config, "import", GOODS, "--issue", "7", *TIMES)
    assert (run.returncode, run.stderr) == (1, "issue 7 exists already; nothing was imported\n")
    assert stored(7) == before


def test_a_dry_run_checks_everything_and_writes_nothing(config, stored):
    run = run_command(config, "import", GOODS, "--issue", "7", *TIMES, "--dry-run")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.splitlines()[-1] == "issue 7 can be imported; nothing was written (--dry-run)"
    assert stored(7) is None
    run_command(config, "import", GOODS, "--issue", "7", *TIMES)
    assert run_command(config, "import", GOODS, "--issue", "7", *TIMES, "--dry-run").returncode == 1


@pytest.mark.parametrize("start", ["2036-06-01T04:00:00Z", "2036-06-01 13:00+09:00", "2036-06-01T12:00"])
def test_times_may_have_an_offset(config, stored, start):
    run_command(config, "import", GOODS, "--issue", "7", "--start", start, "--end", "2036-06-02 20:30:15")
    assert (stored(7)[0].start_at, stored(7)[0].end_at) == (START, END)


@pytest.mark.parametrize(("start", "end"), [("2036-06-02 12:00", "2036-06-02 12:00"), ("2016-06-01 12:00", "2016-06-02 12:00")])
def test_a_group_that_would_be_over_is_refused(config, start, end):
    run = run_command(config, "import", GOODS, "--issue", "7", "--start", start, "--end", end)
    assert (run.returncode, run.stderr) == (1, "--end must be after --start and after now; nothing was imported\n")


@pytest.mark.parametrize(
    "arguments",
    [
        *(["missing.csv", "--issue", "7", *TIMES], ["README.md", "--issue", "7", *TIMES], [GOODS, *TIMES]),
        *([GOODS, "--issue", "0", *TIMES], [GOODS, "--issue", "7", "--start", "tomorrow", "--end", "2036-06-02 12:00"]),
        *([GOODS, "--issue", "7", "--start", "2036-06-01", "--end", "2036-06-02 12:00"], [GOODS, "--issue", "7", *TIMES, "--step", "0"]),
        [GOODS, "--issue", "7", *TIMES, "--extend-window", "86401"],
    ],
)
def test_bad_usage_has_a_status_of_its_own(config, arguments):
    run = run_command(config, "import", *arguments)
    assert (run.returncode, run.stdout) == (2, "")
    assert "error: " in run.stderr and "Traceback" not in run.stderr


def test_a_database_that_is_away_is_said(config):
    away = replace(config, mongodb_url="mongodb://127.0.0.1:1/?directConnection=true")
    run = run_command(away, "import", GOODS, "--issue", "7", *TIMES)
    assert (run.returncode, run.stderr.splitlines()[-1][:32]) == (1, "the database does not answer; wh")


@pytest.mark.embedded
def test_it_joins_the_services_that_another_process_runs(config, tmp_path):
    joining = replace(config, mongodb_url=None, redis_url=None, data_dir=tmp_path)
    owner = EmbeddedServices(joining)
    owned = owner.start_or_join()
    try:
        run = run_command(joining, "import", GOODS, "--issue", "7", *TIMES)
        assert (run.returncode, run.stderr) == (0, "")
        with MongoClient[dict[str, Any]](owned.mongodb_url) as client:
            assert client[owned.mongodb_database].lots.count_documents({}) == 34
    finally:
        owner.stop()


def test_without_a_server_it_starts_the_services_for_itself(config, tmp_path):
    alone = replace(config, mongodb_url=None, redis_url=None, data_dir=tmp_path)
    assert run_command(alone, "import", GOODS, "--issue", "7", *TIMES).returncode == 0
    again = run_command(alone, "import", GOODS, "--issue", "7", *TIMES)
    assert (again.returncode, again.stderr) == (1, "issue 7 exists already; nothing was imported\n")


def test_a_running_server_puts_the_new_group_on_sale_by_itself(io_loop, api, application, config):
    run = run_command(config, "import", GOODS, "--issue", "7", "--start", "2036-06-01 11:00", "--end", "2036-06-02 12:00")
    assert run.returncode == 0
    io_loop.run_sync(application.auctions.looks.look)
    (group,) = [known.group for known in application.ground.floor.groups]
    assert (group.issue, len(application.ground.floor.lots)) == (7, 34)


def test_a_person_sees_each_percent(config, tmp_path):
    rows = "".join(f"{number},龙钞,67E,,1,2\n" for number in range(250))
    path = sheet(tmp_path, f"{HEADINGS}\n{rows}")
    outer, inner = pty.openpty()
    with open(outer, "rb", buffering=0) as terminal:
        run = subprocess.Popen(command("import", path, "--issue", "7", *TIMES), cwd=ROOT, env=environment(config), stdout=inner)
        os.close(inner)
        assert run.wait(RUN_SECONDS) == 0
        shown = terminal.read(4096).decode()
    assert re.findall(r"(\d+) %", shown) == ["40", "80", "100"]


def test_what_an_import_leaves_that_is_killed_is_not_on_sale_and_the_next_import_is_whole(io_loop, api, application, config, tmp_path):
    count = 1000
    rows = "".join(f"{number},龙钞,67E,,1,2\n" for number in range(count))
    arguments = (sheet(tmp_path, f"{HEADINGS}\n{rows}"), "--issue", "7", "--start", "2036-06-01 11:00", "--end", "2036-06-02 12:00")
    outer, inner = pty.openpty()
    with open(outer, "rb", buffering=0) as terminal:
        run = subprocess.Popen(command("import", *arguments), cwd=ROOT, env=environment(config), stdout=inner)
        os.close(inner)
        while b" %" not in terminal.read(4096):
            pass
        run.kill()
        run.wait()
    stores = application.stores.auctions
    left = io_loop.run_sync(lambda: application.mongo.database.lots.find_one({}))
    assert left is not None
    io_loop.run_sync(application.auctions.looks.look)
    assert application.ground.floor.groups == []
    assert io_loop.run_sync(lambda: api.get(f"/api/group/current/price/{left['_id']}")).status == 404
    again = run_command(config, "import", *arguments)
    assert (again.returncode, "Traceback" in again.stderr) == (0, False)
    (group,) = io_loop.run_sync(stores.groups.list_unfinished_groups)
    lots = io_loop.run_sync(lambda: application.mongo.database.lots.find({}, {"group_id": 1}).to_list(None))
    assert {lot["group_id"] for lot in lots} == {group.id} and len(lots) == count


def packed(tmp_path: Path, **files: bytes) -> Path:
    path = tmp_path / "pictures.zip"
    with ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_pictures_of_an_archive_are_put_on_sale_with_their_lots(config, stored, io_loop, mongo, tmp_path):
    front, back = picture("red"), picture("blue")
    archive = packed(tmp_path, **{"U9T0069000.png": front, "U9T0069000-2.png": back})
    path, arguments = sheet(tmp_path, "\n".join(LINES)), ("--issue", "7", *TIMES, "--pictures", archive)
    tried = run_command(config, "import", path, *arguments, "--dry-run")
    assert (tried.returncode, tried.stderr) == (0, "")
    assert "2 pictures of 1 lots; 1 lots have none: U9T0069001" in tried.stdout
    assert io_loop.run_sync(lambda: mongo.pictures.count_documents({})) == 0
    run = run_command(config, "import", path, *arguments)
    assert (run.returncode, run.stderr) == (0, "")
    first, second = stored(7)[1]
    assert [address.rpartition(".")[0] for address in first.pictures] == [f"/pictures/{picture_id(one)}" for one in (front, back)]
    assert second.pictures == ()
    assert io_loop.run_sync(lambda: mongo.pictures.count_documents({})) == 4


def test_every_picture_that_cannot_be_shown_is_said_by_line_and_nothing_is_imported(config, stored, tmp_path):
    lines = (
        f"{HEADINGS},pictures",
        "A,龙钞,67E,,20000,40000,http://127.0.0.1:9/a.jpg B.jpg",
        "C,龙钞,67E,,20000,40000,",
        "D,龙钞,67E,,20000,40000,",
    )
    archive = packed(tmp_path, **{"C.jpg": b"<svg/>", "D.jpg": picture(), "E.jpg": picture("blue")})
    run = run_command(config, "import", sheet(tmp_path, "\n".join(lines)), "--issue", "7", *TIMES, "--pictures", archive)
    assert run.returncode == 1
    assert run.stderr.splitlines() == [
        'goods.csv line 2: pictures: "http://127.0.0.1:9/a.jpg" leads to no public address',
        'goods.csv line 2: pictures: "B.jpg" is not in the archive',
        'goods.csv line 3: pictures: "C.jpg" is no JPEG, PNG, WebP or GIF',
        'goods.csv: pictures: "E.jpg" of the archive bears no row\'s serial number',
        "nothing was imported",
    ]
    assert stored(7) is None


def test_what_is_no_archive_is_said_before_anything_is_read(config, tmp_path):
    broken = sheet(tmp_path, "no archive", "pictures.zip")
    for archive, said in ((broken, "is no ZIP archive"), (tmp_path / "none.zip", "No such file")):
        run = run_command(config, "import", GOODS, "--issue", "7", *TIMES, "--pictures", archive)
        assert run.returncode == 2 and said in run.stderr

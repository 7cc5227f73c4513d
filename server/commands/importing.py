"""`import`: puts the goods of a .csv or .xlsx file on sale as a new group."""
from __future__ import annotations

import argparse
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

from server.commands.importing_sheets import Wording, add_file_argument, escaped, import_sheet, run_on_database
from server.composition.stores import Stores
from server.config import Config
from server.domain.auctions.groups import Group
from server.domain.auctions.imports import (
    EXTEND_LIMIT,
    MAX_EXTEND_WINDOW_SECONDS,
    EndsTooEarly,
    ImportService,
    Progress,
    Row,
    fill_in,
    read_goods,
)
from server.domain.auctions.lot_pictures import LotPictures, addresses_of
from server.domain.auctions.preparation import IssueExists, PreparationLapsed
from server.domain.auctions.prices import MAX_PRICE
from server.domain.clock import SystemClock
from server.domain.errors import DomainError, Unavailable
from server.domain.pictures import PictureService
from server.outside.heavy_work import HeavyWork
from server.outside.picture_archive import ArchiveNotReadable, PictureArchive
from server.outside.picture_fetcher import PictureFetcher, PublicResolver
from server.outside.pictures import PicturePress
from server.outside.sheets import Sheet
from server.storage.mongo import Mongo

NAMED = 20  # of the lots without a picture

SHANGHAI = ZoneInfo("Asia/Shanghai")
LAST_YEAR = 2200  # later is a slip of the finger

# Problem.reason → what is said of the cell
SENTENCES = {
    "not_below": "{text} is not below {parameter}",
    "repeated": "{text} stands on line {parameter} already",
    # of pictures
    "not_an_address": "{text} is no address that begins with http:// or https://, and no archive was given",
    "not_public": "{text} leads to no public address",
    "no_answer": "{text} does not answer",
    "answered": "{text} answers with status {parameter}",
    "redirects": "{text} leads on more than {parameter} times",
    "not_in_archive": "{text} is not in the archive",
    "of_no_row": "{text} of the archive bears no row's serial number",
    "leads_out": "{text} of the archive leads out of it: pack the files anew",
    "named_twice": "{text} is in the archive {parameter} times",
    "damaged": "{text} is damaged in the archive",
    "protected": "{text} is locked by a password in the archive",
    "packed_otherwise": "{text} is packed in a way that is not read: pack it as Windows and Macs do",
    "empty_file": "{text} is empty",
    "not_a_picture": "{text} is no JPEG, PNG, WebP or GIF",
    "file_too_large": "{text} is larger than {parameter} KB",
    "too_many_pixels": "{text} has more than {parameter} million pixels",
    "too_many": "{text} are more than the {parameter} that a lot may have",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    moment = "YYYY-MM-DD HH:MM[:SS], in Asia/Shanghai unless it has an offset (ISO 8601)"
    add_file_argument(parser)
    parser.add_argument("--issue", type=_positive, required=True, help="number of the issue (期); each can be imported once")
    parser.add_argument("--start", type=_moment, required=True, help=moment)
    parser.add_argument("--end", type=_moment, required=True, help="likewise")
    parser.add_argument("--step", type=_positive, help="least raise in fen, where the file does not say (1)")
    parser.add_argument(
        "--extend-window", type=_seconds, help="seconds of soft close, where the file does not say; 0 is off (60)"
    )
    parser.add_argument(
        "--extend-limit",
        type=_seconds,
        default=int(EXTEND_LIMIT.total_seconds()),
        help="seconds after the end beyond which soft close moves no lot (%(default)s)",
    )
    parser.add_argument(
        "--pictures",
        type=_archive,
        metavar="FILE.zip",
        help="pictures of the lots, each named by its serial number: A1.jpg, A1-2.jpg, A1_back.png or A1/any.webp",
    )
    parser.add_argument("--dry-run", action="store_true", help="check everything, write nothing")


def import_goods(config: Config, options: argparse.Namespace) -> int:
    """Says every problem of the file and its pictures, and imports nothing then. Status 1 when nothing was imported."""

    def put(sheet: Sheet) -> None:
        usual = {"step": options.step, "extend_window": options.extend_window}
        rows = fill_in(sheet.rows, {column: str(number) for column, number in usual.items() if number is not None})
        goods = read_goods(rows)  # before a database is started for it
        read_as = f", read as {sheet.encoding}" if sheet.encoding else ""
        print(f"{escaped(options.file.name)}: {len(goods)} goods{read_as}")
        run_on_database(config, lambda mongo: _import(mongo, options, rows))

    return import_sheet(options.file, put, Wording("has no goods", SENTENCES, _explain, _unit))


async def _import(mongo: Mongo, options: argparse.Namespace, rows: list[Row]) -> None:
    stores = Stores.of(mongo)
    service = ImportService(stores.auctions.groups, stores.auctions.lots, SystemClock())
    await service.check_group(rows, options.issue, options.start, options.end)  # before pictures are fetched for it
    pictures = await _gather_pictures(stores, options, rows)
    if options.dry_run:
        print(f"issue {options.issue} can be imported; nothing was written (--dry-run)")
        return
    group = await service.import_group(
        rows,
        options.issue,
        options.start,
        options.end,
        pictures=pictures,
        extend_limit=timedelta(seconds=options.extend_limit),
        on_progress=_progress(),
    )
    print(escaped(_summary(group, len(rows))))


async def _gather_pictures(stores: Stores, options: argparse.Namespace, rows: list[Row]) -> dict[int, tuple[str, ...]]:
    """Line → addresses. With --dry-run each is looked at and none is kept."""
    work = HeavyWork()
    service = PictureService(stores.pictures, PicturePress(work))
    take = service.check_picture if options.dry_run else service.add_picture

    async def keep(content: bytes) -> str:
        return (await take(content)).address

    fetcher = PictureFetcher(PublicResolver())
    try:
        pictures = addresses_of(await LotPictures(keep, fetcher, options.pictures).gather(rows, _progress()))
    finally:
        fetcher.close()
        work.close()
        if options.pictures is not None:
            options.pictures.close()
    if pictures:
        without = [escaped(row.texts["sn"].strip()) for row in rows if row.line not in pictures]
        named = f": {', '.join(without[:NAMED])}{' …' if len(without) > NAMED else ''}" if without else ""
        print(f"{sum(map(len, pictures.values()))} pictures of {len(pictures)} lots; {len(without)} lots have none{named}")
    return pictures


def _progress() -> Progress:
    """Tells a person each percent; a file or a pipe needs the summary only."""
    shown = -1

    def show(done: int, total: int) -> None:
        nonlocal shown
        percent = done * 100 // total
        if sys.stdout.isatty() and percent > shown:
            shown = percent
            print(f"{percent:3} %", flush=True)

    return show


def _summary(group: Group, count: int) -> str:
    start, end = (moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") for moment in (group.start_at, group.end_at))
    return (
        f"issue {group.issue} is group {group.id}: {count} goods in {len(group.categories)} categories"
        f" ({'、'.join(group.categories)}), from {start} to {end} in Asia/Shanghai"
    )


def _unit(column: str) -> str:
    return "seconds" if column == "extend_window" else "fen"


def _explain(error: DomainError) -> str:
    if isinstance(error, IssueExists):
        return f"issue {error.issue} exists already; nothing was imported"
    if isinstance(error, PreparationLapsed):
        return f"importing issue {error.issue} stood still for too long and was given up; nothing was imported, try again"
    if isinstance(error, EndsTooEarly):
        return "--end must be after --start and after now; nothing was imported"
    if isinstance(error, Unavailable):
        return f"the {error.what} does not answer; whether the issue is there now, the same import tells when it does"
    raise error


def _archive(text: str) -> PictureArchive:
    try:
        return PictureArchive(Path(text))
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{escaped(text)}: {error.strerror}") from None
    except ArchiveNotReadable as error:
        raise argparse.ArgumentTypeError(f"{escaped(text)} {error}") from None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
        zoned = moment if moment.tzinfo is not None else moment.replace(tzinfo=SHANGHAI)
        if len(text.strip()) >= len("YYYY-MM-DD HH:MM") and moment.year < LAST_YEAR:
            return zoned.astimezone(timezone.utc).replace(microsecond=0)
    except (ValueError, OverflowError):
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is not YYYY-MM-DD HH:MM[:SS]")


def _positive(text: str) -> int:
    return _whole_number(text, 1, MAX_PRICE)


def _seconds(text: str) -> int:
    return _whole_number(text, 0, MAX_EXTEND_WINDOW_SECONDS)


def _whole_number(text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
    return int(text)

"""`import-groupbuy`: puts the offers of a .csv or .xlsx file into the group-buy catalogue."""
from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from server.bootstrap import build_groupbuy
from server.commands import FAILED
from server.config import Config
from server.domain.auctions.imports import GoodsRefused, Problem, Row
from server.domain.clock import SystemClock
from server.domain.errors import Unavailable
from server.domain.groupbuy.columns import OPTIONAL, REQUIRED
from server.embedded import EmbeddedServices
from server.sheets import SheetNotReadable, read_sheet
from server.storage.groupbuy import GroupbuyStores
from server.storage.mongo import Mongo

PROBLEMS_SHOWN = 100  # more lines than that are a file of another kind
TEXT_SHOWN = 40

# Problem.reason → what is said of the cell
SENTENCES = {
    "missing": "the column is missing",
    "required": "is empty",
    "unknown": "{text} stands in a column of no meaning here",
    "too_long": "is longer than {parameter} characters: {text}",
    "not_whole": "{text} is not a whole number",
    "not_yuan": "{text} is not an amount in yuan with at most two decimals",
    "not_a_time": "{text} is not YYYY-MM-DD HH:MM[:SS]",
    "not_among": "{text} is none of {parameter}",
    "at_least": "{text} is less than the least",
    "at_most": "{text} is more than the most",
    "unknown_id": "there is no {text} here",
    "not_after_start": "{text} is not after groupbuy_starttime",
    "above_goods_price": "{text} is above goods_price",
}
COLUMNS = f"""\
Columns, named as in the document; the first ones are required:
  {", ".join(REQUIRED)}
  {", ".join(OPTIONAL)}
Prices are in yuan, times in Asia/Shanghai, groupbuy_type is 1 (实物) or 2 (虚拟商品), groupbuy_state 1 (to be reviewed) or 2
(approved, the usual). Shops, categories and areas are named by their ids and must be there."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = COLUMNS
    parser.add_argument("file", type=_sheet_path, metavar="FILE.csv|.xlsx")
    parser.add_argument("--dry-run", action="store_true", help="check everything, write nothing")


def import_offers(config: Config, options: argparse.Namespace) -> int:
    """Says every problem of the file and imports nothing then. Status 1 when nothing was imported."""
    name = options.file.name
    try:
        rows = read_sheet(options.file).rows
        count = _import(config, rows, is_dry=options.dry_run)
    except SheetNotReadable as error:
        return _fail(f"{name} {error}")
    except GoodsRefused as error:
        return _fail(*_problem_lines(name, error))
    except Unavailable as error:
        return _fail(f"the {error.what} does not answer; whether the offers are there now, the catalogue tells when it does")
    offers = "1 offer" if count == 1 else f"{count} offers"
    print(f"{name}: {offers} can be imported; nothing was written (--dry-run)" if options.dry_run else f"{name}: {offers} imported")
    return 0


def _import(config: Config, rows: list[Row], *, is_dry: bool) -> int:
    embedded = EmbeddedServices(config)
    try:
        return asyncio.run(_run(embedded.start_or_join(), rows, is_dry=is_dry))
    finally:
        embedded.stop()


async def _run(config: Config, rows: list[Row], *, is_dry: bool) -> int:
    assert config.mongodb_url is not None
    mongo = Mongo(config.mongodb_url, config.mongodb_database)
    try:
        await mongo.create_indexes()
        imports = build_groupbuy(GroupbuyStores.of(mongo.database, mongo.sequences), SystemClock()).imports
        return len(await imports.check_offers(rows)) if is_dry else await imports.import_offers(rows)
    finally:
        mongo.close()


def _problem_lines(name: str, refused: GoodsRefused) -> list[str]:
    if not refused.found:
        return [f"{name} has no offers"]
    lines = [f"{name} line {problem.line}: {_sentence(problem)}" for problem in refused.found[:PROBLEMS_SHOWN]]
    if len(refused.found) > PROBLEMS_SHOWN:
        lines.append(f"… and {len(refused.found) - PROBLEMS_SHOWN} problems more")
    return [*lines, "nothing was imported"]


def _sentence(problem: Problem) -> str:
    kind, _, parameter = problem.reason.partition(":")
    shown = problem.text if len(problem.text) <= TEXT_SHOWN else problem.text[:TEXT_SHOWN] + "…"
    # repr: a control character in the file does nothing to the terminal.
    facts = {"text": f'"{repr(shown)[1:-1]}"', "parameter": parameter.replace("|", ", ")}
    sentence = SENTENCES[kind].format_map(facts)
    return f"{problem.column}: {sentence}" if problem.column else f"{facts['text']} stands beside the columns"


def _fail(*lines: str) -> int:
    print("\n".join(lines), file=sys.stderr)
    return FAILED


def _sheet_path(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise argparse.ArgumentTypeError(f"{text} is neither .csv nor .xlsx")
    try:
        path.open("rb").close()
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{text}: {error.strerror}") from None
    return path

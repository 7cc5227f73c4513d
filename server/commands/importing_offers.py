"""`import-groupbuy`: puts the offers of a .csv or .xlsx file into the group-buy catalogue."""
from __future__ import annotations

import argparse

from server.commands.importing_sheets import Wording, add_file_argument, escaped, import_sheet, run_on_database
from server.composition.groupbuy import build_groupbuy
from server.config import Config
from server.domain.clock import SystemClock
from server.domain.errors import DomainError, Unavailable
from server.domain.groupbuy.columns import OPTIONAL, REQUIRED
from server.outside.sheets import Sheet
from server.storage.groupbuy import GroupbuyStores
from server.storage.mongo import Mongo

# Problem.reason → what is said of the cell
SENTENCES = {
    "not_yuan": "{text} is not an amount in yuan with at most two decimals",
    "not_a_time": "{text} is not YYYY-MM-DD HH:MM[:SS]",
    "not_among": "{text} is none of {parameter}",
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
    add_file_argument(parser)
    parser.add_argument("--dry-run", action="store_true", help="check everything, write nothing")


def import_offers(config: Config, options: argparse.Namespace) -> int:
    """Says every problem of the file and imports nothing then. Status 1 when nothing was imported."""

    def put(sheet: Sheet) -> None:
        count = run_on_database(config, lambda mongo: _import(mongo, sheet, is_dry=options.dry_run))
        offers = "1 offer" if count == 1 else f"{count} offers"
        done = "can be imported; nothing was written (--dry-run)" if options.dry_run else "imported"
        print(f"{escaped(options.file.name)}: {offers} {done}")

    return import_sheet(options.file, put, Wording("has no offers", SENTENCES, _explain))


async def _import(mongo: Mongo, sheet: Sheet, *, is_dry: bool) -> int:
    imports = build_groupbuy(GroupbuyStores.of(mongo.database, mongo.sequences), SystemClock()).imports
    return len(await imports.check_offers(sheet.rows)) if is_dry else await imports.import_offers(sheet.rows)


def _explain(error: DomainError) -> str:
    if isinstance(error, Unavailable):
        return f"the {error.what} does not answer; whether the offers are there now, the catalogue tells when it does"
    raise error

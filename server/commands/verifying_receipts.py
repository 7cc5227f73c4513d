"""`verify --receipts`: holds what a bidder has kept against the record, or without any, against the published keys alone."""
from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from server.commands.statuses import BAD_USAGE, FAILED
from server.composition.stores import Stores
from server.config import BadConfig, Config
from server.domain.auctions.proof.audit import list_public_keys
from server.domain.auctions.proof.checks import Checked, check
from server.domain.auctions.proof.forms import GroupHeads, Kept, Key, find_places
from server.domain.auctions.proof.published import LotNotSettled, PublishedLot, PublishedRecords
from server.domain.auctions.proof.receipts import Receipt
from server.domain.errors import NotFound, Unavailable
from server.outside.ed25519 import is_signed
from server.process.embedded import EmbeddedServices
from server.storage.mongo import Mongo


def verify_receipts(config: Config, options: argparse.Namespace) -> int:
    """0 when all of it holds, 1 when something does not, 2 when it could not be read."""
    kept = _read_kept(options.receipts)
    if options.keys is not None:
        done = check(replace(kept, keys=_read_keys(options.keys)), is_signed)
    else:
        embedded = EmbeddedServices(config)
        try:
            if config.mongodb_url is None:
                config = embedded.start_or_join()
            done = asyncio.run(_check_against_record(config, kept))
        except Unavailable as error:
            print(f"run.py: the {error.what} does not answer", file=sys.stderr)
            return BAD_USAGE
        finally:
            embedded.stop()
    print(msgspec.json.encode({"ok": done.is_clean, **msgspec.to_builtins(done)}).decode() if options.json else _as_text(done))
    return 0 if done.is_clean else FAILED


async def _check_against_record(config: Config, kept: Kept) -> Checked:
    """With the keys, heads and records of this database."""
    assert config.mongodb_url is not None
    mongo = Mongo(config.mongodb_url, config.mongodb_database)
    try:
        if not await mongo.ping():
            raise Unavailable("database")
        stores = Stores.of(mongo).auctions
        records = PublishedRecords(stores.lots, stores.record, stores.proof)
        goods_ids, group_ids = find_places(kept)
        lots = [lot for goods_id in goods_ids if (lot := await _find_lot(records, goods_id)) is not None]
        groups = [found for group_id in group_ids | {lot.group_id for lot in lots} if (found := await stores.proof.find_group(group_id))]
        return check(
            Kept(
                keys=await list_public_keys(stores.proof),
                receipts=kept.receipts,
                heads=(*kept.heads, *(lot.head for lot in kept.lots if lot.head is not None)),
                groups=(*kept.groups, *(GroupHeads(group.signed, group.heads) for group in groups)),
                lots=tuple(lots),
            ),
            is_signed,
        )
    finally:
        mongo.close()


async def _find_lot(records: PublishedRecords, goods_id: int) -> PublishedLot | None:
    try:
        return await records.get_lot(goods_id)
    except (NotFound, LotNotSettled):
        return None


def _read_kept(path: Path) -> Kept:
    """A file of the page /verify, a list of receipts, or one. Raises BadConfig."""
    content = _read_json(path)
    if isinstance(content, dict) and "statement" in content:
        content = [content]
    try:
        if isinstance(content, list):
            return Kept(receipts=msgspec.convert(content, tuple[Receipt, ...]))
        return msgspec.convert(content, Kept)
    except msgspec.ValidationError as error:
        raise BadConfig(f"{path} holds no receipts: {error}") from None


def _read_keys(path: Path) -> tuple[Key, ...]:
    """As /api/keys answers, or its `keys` alone. Raises BadConfig."""
    content = _read_json(path)
    for name in ("data", "keys"):
        content = content.get(name, content) if isinstance(content, dict) else content
    try:
        return msgspec.convert(content, tuple[Key, ...])
    except msgspec.ValidationError as error:
        raise BadConfig(f"{path} holds no keys: {error}") from None


def _read_json(path: Path) -> Any:
    try:
        return msgspec.json.decode(path.read_bytes())
    except OSError as error:
        raise BadConfig(f"{path} cannot be read: {error.strerror}") from None
    except msgspec.DecodeError as error:
        raise BadConfig(f"{path} is no JSON: {error}") from None


def _as_text(done: Checked) -> str:
    lines = [
        f"keys            {done.keys}",
        f"receipts        {done.receipts}, of them {done.unmatched} of lots whose record is not at hand",
        f"heads           {done.heads} of lots, {done.groups} roots of groups",
        f"records         {done.lots} lots with {done.entries} entries, of them {done.sealed} that are checked by their place alone",
        f"problems        {len(done.problems)}",
    ]
    return "\n".join([*lines, *(f"{one.about} {one.problem}" for one in done.problems)])

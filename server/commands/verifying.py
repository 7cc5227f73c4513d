"""`verify`: audits the stored auction, what was published of it, what came after it and the mall, beside running servers or without any."""
from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path

import msgspec

from server.commands.statuses import BAD_USAGE, FAILED
from server.commands.verifying_receipts import verify_receipts
from server.composition.auditing import build_proof_audit, build_sale_audit
from server.composition.mall import build_mall_audit
from server.composition.stores import Stores
from server.config import BadConfig, Config
from server.domain.aftersale.audit import SaleAudit
from server.domain.auctions.audit.walk import Audit, AuditService
from server.domain.auctions.proof.audit import ProofAudit
from server.domain.clock import SystemClock
from server.domain.errors import NotFound, Unavailable
from server.domain.mall.audit import MallAudit
from server.process.embedded import EmbeddedServices
from server.storage.auctions.audit import MongoAudit
from server.storage.mongo import Mongo

PROGRESS_SECONDS = 2.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--group", type=int, metavar="ID", help="audit one group alone")
    parser.add_argument("--receipts", type=Path, metavar="FILE", help="hold what a bidder has kept against the record")
    parser.add_argument("--keys", type=Path, metavar="FILE", help="with --receipts: by keys kept of /api/keys alone, without a database")


def verify(config: Config, options: argparse.Namespace) -> int:
    """0 when all is well, 1 when something was found, 2 when it could not be read."""
    if options.keys is not None and options.receipts is None:
        raise BadConfig("--keys goes with --receipts")
    if options.receipts is not None and options.keys is not None:
        return verify_receipts(config, options)
    if config.mongodb_url is None and not (config.data_dir / "mongodb").is_dir():
        raise BadConfig(f"there is nothing to verify in {config.data_dir}")
    if options.receipts is not None:
        return verify_receipts(config, options)
    embedded = EmbeddedServices(config)
    started = time.monotonic()
    try:
        if config.mongodb_url is None:
            config = embedded.start_or_join()
        audit, proof, sale, mall = asyncio.run(_audit(config, options.group))
    except NotFound:
        print(f"run.py: there is no group {options.group}", file=sys.stderr)
        return BAD_USAGE
    except Unavailable as error:
        print(f"run.py: the {error.what} does not answer", file=sys.stderr)
        return BAD_USAGE
    finally:
        embedded.stop()
    seconds = round(time.monotonic() - started, 1)
    print(_as_json(audit, proof, sale, mall, seconds) if options.json else _as_text(audit, proof, sale, mall, seconds))
    return 0 if audit.is_clean and proof.is_clean and sale.is_clean and mall.is_clean else FAILED


async def _audit(config: Config, group_id: int | None) -> tuple[Audit, ProofAudit, SaleAudit, MallAudit]:
    """What was published, the after-sale and the mall are not audited where one group is."""
    assert config.mongodb_url is not None
    mongo = Mongo(config.mongodb_url, config.mongodb_database)
    try:
        if not await mongo.ping():
            raise Unavailable("database")  # before it is asked what it may take minutes over
        stores = Stores.of(mongo)
        service = AuditService(stores.auctions.groups, MongoAudit(mongo.database), SystemClock())
        audit = await service.audit(group_id, report=_Progress().report)
        if group_id is not None:
            return audit, ProofAudit(), SaleAudit(), MallAudit()
        proof, sale = await build_proof_audit(stores).audit(), await build_sale_audit(stores).audit()
        return audit, proof, sale, await build_mall_audit(stores.mall, SystemClock()).audit()
    finally:
        mongo.close()


class _Progress:
    """Tells now and then how far it is, on standard error."""

    def __init__(self) -> None:
        self._told_at = time.monotonic()

    def report(self, audit: Audit) -> None:
        if time.monotonic() - self._told_at >= PROGRESS_SECONDS:
            self._told_at = time.monotonic()
            print(f"{audit.lots} of {audit.lots_in_all} lots, {audit.bids} bids, {audit.finding_count} findings", file=sys.stderr)


def _as_json(audit: Audit, proof: ProofAudit, sale: SaleAudit, mall: MallAudit, seconds: float) -> str:
    is_clean = audit.is_clean and proof.is_clean and sale.is_clean and mall.is_clean
    areas = {"proof": msgspec.to_builtins(proof), "aftersale": msgspec.to_builtins(sale), "mall": msgspec.to_builtins(mall)}
    found = {"ok": is_clean, "seconds": seconds, **msgspec.to_builtins(audit), **areas}
    return msgspec.json.encode(found).decode()


def _as_text(audit: Audit, proof: ProofAudit, sale: SaleAudit, mall: MallAudit, seconds: float) -> str:
    lines = [
        f"lots            {audit.lots}",
        f"bids            {audit.bids}, of them {audit.on_the_way} on their way to the record",
        f"participations  {audit.participations}",
        f"keys            {audit.keys}",
        f"published       {proof.heads} heads of lots and {proof.groups} roots of groups, under {proof.keys} keys",
        f"after the sale  {sale.settlements} settlements of {sale.groups} groups with {sale.sold} sold lots; {sale.waiting} groups wait",
        f"mall            {mall.wallets} wallets with {mall.entries} entries, {mall.orders} orders, {mall.counts} counts of stock",
        f"payments        {mall.payments}, of them {mall.waiting} on their way to what they are for; {mall.notices} notices",
        f"findings        {audit.finding_count + proof.finding_count + sale.finding_count + mall.finding_count}",
        f"seconds         {seconds}",
    ]
    for finding in audit.findings:
        where = f"lot {finding.goods_id} " if finding.goods_id is not None else ""
        which = f"bid {finding.seq} " if finding.seq is not None else ""
        lines.append(f"{where}{which}{finding.problem}")
    lines += [f"{broken.about} {broken.problem}" for broken in proof.findings]
    lines += [f"{one.about} {one.problem}" for one in sale.findings]
    lines += [f"{finding.about} {finding.problem}" for finding in mall.findings]
    hidden = sum(one.finding_count - len(one.findings) for one in (audit, sale, mall))
    if hidden:
        lines.append(f"and {hidden} more")
    return "\n".join(lines)

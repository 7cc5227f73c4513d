"""The area of the audits: what `run.py verify` looks at once, and the servers again and again."""
from __future__ import annotations

from dataclasses import dataclass

from server.composition.area import Area
from server.composition.ground import Ground
from server.composition.mall import build_mall_audit
from server.composition.stores import Stores
from server.domain.aftersale.audit import SaleAudit, SaleAuditService
from server.domain.auctions.audit.watch import AuditWatch
from server.domain.auctions.proof.audit import ProofAudit, ProofAuditService
from server.domain.auditing.books import Books, BooksWatch
from server.domain.auditing.standings import Standings
from server.domain.mall.audit import MallAudit
from server.outside.ed25519 import is_signed

# Of the walking process's time at most; what the lots have beside it is in server/domain/auctions/audit/watch.py.
PUBLISHED_SHARE = 0.0025
AFTERSALE_SHARE = 0.0025
MALL_SHARE = 0.015


@dataclass(frozen=True)
class Auditing(Area):
    """What the audit has found, and the walk over everything but lots."""

    standings: Standings
    books: BooksWatch

    async def start(self) -> None:
        self.books.start()

    async def stop(self) -> None:
        await self.books.stop()


def build_auditing(stores: Stores, lots: AuditWatch, ground: Ground) -> Auditing:
    """Not yet started. Whoever walks over the lots walks over the books."""
    clock = ground.clock
    books = (
        Books("published", ProofAudit, build_proof_audit(stores).audit, PUBLISHED_SHARE),
        Books("aftersale", SaleAudit, build_sale_audit(stores).audit, AFTERSALE_SHARE),
        Books("mall", MallAudit, build_mall_audit(stores.mall, clock).audit, MALL_SHARE),
    )
    watch = BooksWatch(books, stores.book_standings, lambda: lots.is_walker, clock)
    return Auditing(Standings(lots, watch), watch)


def build_proof_audit(stores: Stores) -> ProofAuditService:
    published = stores.auctions.proof
    return ProofAuditService(published, published, stores.auctions.lots, is_signed)


def build_sale_audit(stores: Stores) -> SaleAuditService:
    kept, mall = stores.aftersale, stores.mall
    return SaleAuditService(kept.finished, stores.auctions.lots, kept.sold, kept.settlements, mall.ledger, mall.payments)

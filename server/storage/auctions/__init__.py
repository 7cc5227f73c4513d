"""Groups, lots, the record, participations and idempotency keys in MongoDB."""
from __future__ import annotations

from dataclasses import dataclass

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.storage.auctions.audience import MongoAudience
from server.storage.auctions.audit import MongoAudit
from server.storage.auctions.bidders import MongoApprovals
from server.storage.auctions.desk import MongoGroupDesk, MongoLotDesk
from server.storage.auctions.goods import MongoLots
from server.storage.auctions.groups import MongoGroups
from server.storage.auctions.import_archives import MongoImportArchives
from server.storage.auctions.import_jobs import MongoImportJobs
from server.storage.auctions.instructions import MongoInstructions
from server.storage.auctions.keys import MongoKeys
from server.storage.auctions.leads import MongoLeadBooks
from server.storage.auctions.outages import MongoPulses
from server.storage.auctions.participations import MongoParticipations
from server.storage.auctions.proof import MongoProof
from server.storage.auctions.record import MongoRecord
from server.storage.auctions.refusals import MongoRefusals
from server.storage.auctions.storefront import MongoStorefront
from server.storage.auctions.watchlists import MongoWatchlists
from server.storage.mongo import Sequences


@dataclass(frozen=True)
class AuctionStores:
    """The auctions' stores of one database."""

    audience: MongoAudience
    groups: MongoGroups
    lots: MongoLots
    record: MongoRecord
    proof: MongoProof
    participations: MongoParticipations
    keys: MongoKeys
    refusals: MongoRefusals
    pulses: MongoPulses
    storefront: MongoStorefront
    instructions: MongoInstructions
    audit: MongoAudit
    group_desk: MongoGroupDesk
    lot_desk: MongoLotDesk
    import_jobs: MongoImportJobs
    import_archives: MongoImportArchives
    watchlists: MongoWatchlists
    leads: MongoLeadBooks
    approvals: MongoApprovals

    @classmethod
    def of(cls, database: AsyncIOMotorDatabase, sequences: Sequences) -> AuctionStores:
        return cls(
            MongoAudience(database),
            MongoGroups(database, sequences),
            MongoLots(database, sequences),
            MongoRecord(database),
            MongoProof(database),
            MongoParticipations(database, sequences),
            MongoKeys(database),
            MongoRefusals(database),
            MongoPulses(database),
            MongoStorefront(database),
            MongoInstructions(database),
            MongoAudit(database),
            MongoGroupDesk(database),
            MongoLotDesk(database, sequences),
            MongoImportJobs(database),
            MongoImportArchives(database),
            MongoWatchlists(database),
            MongoLeadBooks(database),
            MongoApprovals(database),
        )

"""The area of auctions: groups, goods, bids and what is told of them."""
from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from server.composition.area import Area
from server.composition.ground import Ground
from server.composition.stores import Stores
from server.domain.auctions.audit.watch import AuditWatch
from server.domain.auctions.bid_history import BidHistoryService
from server.domain.auctions.bids import BidService
from server.domain.auctions.books import Books
from server.domain.auctions.catalogue import CatalogueService
from server.domain.auctions.closing import ClosingService
from server.domain.auctions.commits import LotDesks
from server.domain.auctions.control import ControlService
from server.domain.auctions.desk.bidders import ApprovalDesk
from server.domain.auctions.desk.groups import Drafts, GroupDeskService, UnpaidLots
from server.domain.auctions.desk.lots import LotDeskService
from server.domain.auctions.gate import AdmissionService, Gate
from server.domain.auctions.groups import GroupService
from server.domain.auctions.handover import Handover
from server.domain.auctions.import_archives import SentArchive
from server.domain.auctions.import_jobs import ImportJobs
from server.domain.auctions.imports import PICTURES, GoodsRefused, ImportService, Problem, Progress, Row
from server.domain.auctions.live import LiveService
from server.domain.auctions.looks import Looks
from server.domain.auctions.lot_pictures import LotPicture, LotPictures
from server.domain.auctions.missed import MissedService
from server.domain.auctions.ops import OpsService
from server.domain.auctions.outages import OutageService
from server.domain.auctions.participations import ParticipationService
from server.domain.auctions.proof.heads import HeadService
from server.domain.auctions.proof.keys import KeyService
from server.domain.auctions.proof.notary import Notary
from server.domain.auctions.proof.published import PublishedRecords
from server.domain.auctions.refusals import RefusalLog, RefusalService
from server.domain.auctions.sale import SaleService
from server.domain.auctions.showcase import Showcase
from server.domain.auctions.story import StoryService
from server.domain.auctions.waiting import Logins, WaitingService
from server.domain.auctions.watchlists import WatchlistService
from server.domain.mall.wallet.deposits import HeldDeposits
from server.domain.pictures import PictureService
from server.outside.ed25519 import Ed25519Signer
from server.outside.picture_archive import ArchiveNotReadable
from server.outside.picture_fetcher import PictureFetcher, PublicResolver
from server.outside.sent_archives import open_sent
from server.outside.sheet_writers import open_sheets
from server.outside.uploaded_sheets import UploadedSheets
from server.outside.whole_characters import shorten_name
from server.services import AuctionServices, ProofServices
from server.storage.auctions import AuctionStores
from server.throwaway.limits import BidLimiter

log = logging.getLogger(__name__)

DRAIN_SECONDS = 6  # the supervisor kills a process that takes 20


@dataclass(frozen=True)
class Auctions(Area):
    """The auctions' services, and what works behind them."""

    services: AuctionServices
    desks: LotDesks
    handover: Handover
    looks: Looks
    refusals: RefusalLog
    watch: AuditWatch

    async def start(self) -> None:
        await self.services.proof.keys.publish()
        await self.looks.start()
        self.services.imports.start()
        self.services.control.start()
        self.watch.start()

    async def drain(self) -> None:
        """Other processes are told to keep their offers; those here are answered, bids and refusals reach the database."""
        await self.handover.leave()
        await self.finish_bids()
        await self.refusals.drain()

    async def finish_bids(self) -> None:
        """Until every bid taken is answered and recorded; what takes too long stays in the outbox, for the next process."""
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await self.desks.drain()
        except TimeoutError:
            log.warning("bids were still on their way to the record; another process delivers them")

    async def stop(self) -> None:
        await self.watch.stop()
        await self.services.control.stop()
        await self.services.import_jobs.stop()
        await self.services.imports.stop()
        await self.looks.stop()


def build_auctions(
    every: Stores, unpaid: UnpaidLots, logins: Logins, pictures: PictureService, ground: Ground
) -> Auctions:
    """Everything of the auctions, not yet started."""
    stores, changes, news = every.auctions, every.changes, every.aftersale.news
    clock, moments, floor, publisher = ground.clock, ground.moments, ground.floor, ground.publisher
    handover = Handover(ground.broker, clock, worker=ground.worker, observer=ground.tallies)
    gate = Gate(stores.approvals, HeldDeposits(every.mall.wallet.deposits), stores.leads, stores.lots, clock)
    desks = LotDesks(
        stores.lots,
        stores.record,
        stores.participations,
        stores.keys,
        publisher,
        clock,
        gate,
        worker=ground.worker,
        observer=ground.tallies,
        moments=moments,
        handover=handover,
        find_told_seq=floor.find_seq,
    )
    refusals = RefusalLog(stores.refusals, publisher, moments)
    limiter = BidLimiter(ground.config.bids_per_second_per_user)
    ring = Ed25519Signer(ground.config.read_receipt_keys())
    notary = Notary(ring)
    heads = HeadService(stores.proof, stores.lots, notary, moments)
    closing = ClosingService(stores.lots, stores.groups, stores.participations, heads, publisher, moments)
    outages = OutageService(stores.pulses, stores.groups, stores.lots, clock)
    groups = GroupService(stores.groups, clock)
    participations = ParticipationService(stores.participations, stores.lots, stores.record, stores.groups)
    live = LiveService(floor, stores.groups, stores.lots, stores.record, stores.participations, news, moments, clock)
    sale = SaleService(groups, stores.lots, participations, floor)
    books = Books(floor, stores.participations, stores.lots, stores.groups)
    control = ControlService(desks, stores.groups, stores.lots, stores.record, stores.instructions, publisher, clock)
    imports = ImportService(stores.groups, stores.lots, clock)
    lot_desk = LotDeskService(stores.lot_desk, Drafts(stores.group_desk), control, changes, clock, moments)
    services = AuctionServices(
        groups=groups,
        sale=sale,
        catalogue=CatalogueService(groups, stores.lots, stores.participations, stores.watchlists, live, floor, clock),
        watchlists=WatchlistService(stores.watchlists, stores.lots, publisher),
        bid_history=BidHistoryService(stores.lots, stores.record, open_sheets(ground.heavy_work), shorten_name),
        participations=participations,
        bids=BidService(desks, refusals, clock, limiter, notary, worker=ground.worker, observer=ground.tallies),
        ops=OpsService(floor, stores.record, stores.refusals, every.mall.community.lines, moments),
        live=live,
        waiting=WaitingService(live, logins, floor),
        storefront=stores.storefront,
        showcase=Showcase(floor, books, groups, sale, stores.storefront, clock),
        imports=imports,
        import_jobs=_build_import_jobs(stores, imports, pictures, ground),
        refusals=RefusalService(stores.refusals),
        control=control,
        group_desk=GroupDeskService(
            stores.group_desk, stores.lot_desk, lot_desk, control, unpaid, ground.transactions, changes, clock, moments
        ),
        lot_desk=lot_desk,
        bidder_desk=ApprovalDesk(stores.approvals, every.accounts.users, stores.group_desk, clock),
        admission=AdmissionService(gate, stores.groups),
        story=StoryService(stores.lots, stores.groups, stores.record, stores.refusals, stores.audience),
        missed=MissedService(stores.groups, stores.lots, stores.refusals, clock),
        proof=ProofServices(
            keys=KeyService(stores.proof, ring, moments),
            heads=heads,
            records=PublishedRecords(stores.lots, stores.record, stores.proof),
        ),
    )
    looks = Looks(floor, stores.groups, stores.lots, stores.record, desks, closing, outages, moments, clock)
    audit = stores.audit
    watch = AuditWatch(stores.groups, audit, audit, audit, clock, worker=ground.worker)
    return Auctions(services, desks, handover, looks, refusals, watch)


def _build_import_jobs(stores: AuctionStores, imports: ImportService, pictures: PictureService, ground: Ground) -> ImportJobs:
    async def keep(content: bytes) -> str:
        return (await pictures.add_picture(content)).address

    async def gather(rows: Sequence[Row], sent: SentArchive | None, on_progress: Progress) -> dict[int, tuple[LotPicture, ...]]:
        fetcher = PictureFetcher(PublicResolver())
        try:
            archive = None if sent is None else await open_sent(sent)
            return await LotPictures(keep, fetcher, archive).gather(rows, on_progress)
        except ArchiveNotReadable as error:
            raise GoodsRefused([Problem(0, PICTURES, error.reason)]) from None
        finally:
            fetcher.close()

    read_rows = UploadedSheets(ground.heavy_work).read_rows
    return ImportJobs(stores.import_jobs, stores.import_archives, imports, read_rows, gather, ground.clock)

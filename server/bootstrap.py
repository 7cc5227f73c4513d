"""Builds every part, starts it, ends it: the one place that knows them all."""
from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import socket
from dataclasses import dataclass

from redis.asyncio import Redis

from handlers.bidding.dialect import ERRORS, BiddingDialect, failure_facts
from handlers.bidding.group import placed_shape
from realtime.announcer import Announcer
from realtime.broker import Broker
from realtime.commands import Commands, Wording
from realtime.hub import Hub
from realtime.keeper import Keeper
from server.bootstrap_accounts import build_accounts
from server.config import Config
from server.domain.accounts.endings import EndingService
from server.domain.accounts.phones import PhoneCodes, PhoneService, SandboxPhones
from server.domain.accounts.tokens import TokenService
from server.domain.accounts.users import UserService
from server.domain.accounts.wechat_login import Codes, LoginService, SandboxCodes, WechatCodes
from server.domain.auctions.bids import BidService
from server.domain.auctions.closing import ClosingService
from server.domain.auctions.commits import LotDesks
from server.domain.auctions.floor import Floor
from server.domain.auctions.groups import GroupService
from server.domain.auctions.live import LiveService
from server.domain.auctions.looks import Looks
from server.domain.auctions.ops import OpsService
from server.domain.auctions.outages import OutageService
from server.domain.auctions.participations import ParticipationService
from server.domain.auctions.refusals import RefusalLog
from server.domain.auctions.sale import SaleService
from server.domain.auctions.waiting import WaitingService
from server.domain.clock import Clock, SystemClock
from server.domain.errors import InvalidInput
from server.domain.events import Event, TokensChanged, UserSessionsEnded
from server.domain.groupbuy.areas import AreaService
from server.domain.groupbuy.catalogue import CatalogueService
from server.domain.groupbuy.categories import CategoryService
from server.domain.groupbuy.desk import OfferDesk
from server.domain.groupbuy.imports import OfferImports
from server.domain.groupbuy.price_ranges import PriceRangeService
from server.domain.groupbuy.shops import ShopService
from server.domain.groupbuy.stocking import Stocking
from server.domain.health import HealthService
from server.outside.heavy_work import HeavyWork
from server.outside.jwt_signer import JwtSigner
from server.outside.wechat import WechatClient
from server.outside.wechat_access import SharedAccess
from server.outside.wechat_phones import WechatPhones
from server.services import GroupbuyServices, Services
from server.storage.accounts import AccountStores
from server.storage.accounts.tokens import MongoTokens
from server.storage.accounts.users import MongoUsers
from server.storage.auctions.goods import MongoLots
from server.storage.auctions.groups import MongoGroups
from server.storage.auctions.keys import MongoKeys
from server.storage.auctions.outages import MongoPulses
from server.storage.auctions.participations import MongoParticipations
from server.storage.auctions.record import MongoRecord
from server.storage.auctions.refusals import MongoRefusals
from server.storage.groupbuy import GroupbuyStores
from server.storage.mongo import Mongo
from server.storage.storefront import MongoStorefront
from server.telemetry.loop_lag import LoopLag
from server.telemetry.metrics import Metrics
from server.telemetry.tallies import Tallies
from server.throwaway.limits import AddressPaces, BidLimiter
from server.web.dialect import find_failure

log = logging.getLogger(__name__)

DRAIN_SECONDS = 6  # the supervisor kills a process that takes 20


@dataclass(frozen=True)
class Stores:
    """The stores of one database."""

    groups: MongoGroups
    lots: MongoLots
    record: MongoRecord
    participations: MongoParticipations
    keys: MongoKeys
    refusals: MongoRefusals
    pulses: MongoPulses
    users: MongoUsers
    tokens: MongoTokens
    storefront: MongoStorefront
    accounts: AccountStores
    groupbuy: GroupbuyStores

    @classmethod
    def of(cls, mongo: Mongo) -> Stores:
        database, sequences = mongo.database, mongo.sequences
        return cls(
            MongoGroups(database, sequences),
            MongoLots(database, sequences),
            MongoRecord(database),
            MongoParticipations(database, sequences),
            MongoKeys(database),
            MongoRefusals(database),
            MongoPulses(database),
            MongoUsers(database, sequences),
            MongoTokens(database),
            MongoStorefront(database),
            AccountStores.of(database, sequences),
            GroupbuyStores.of(database, sequences),
        )


class Application:
    """A running server without its port: everything built, started by `start`, ended by `stop`."""

    def __init__(self, config: Config, clock: Clock | None = None):
        self.config = config
        self.clock = clock or SystemClock()
        self.worker = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        assert config.mongodb_url is not None and config.redis_url is not None
        self.mongo = Mongo(config.mongodb_url, config.mongodb_database)
        self.stores = stores = Stores.of(self.mongo)
        self._redis: Redis = Redis.from_url(config.redis_url, socket_timeout=5, socket_connect_timeout=2)
        self._wechat = self._build_wechat()
        self._heavy_work = HeavyWork()
        self.tallies = Tallies()
        self.loop_lag = LoopLag(self.tallies.loop_lag_seconds.observe)
        self.floor = Floor(self.clock)
        self.broker = Broker(self._redis, config.mongodb_database, self.worker)
        publisher = Announcer(self.floor, self.broker)
        self.tokens = TokenService(stores.users, stores.tokens, self._signer(), publisher, self.clock)
        self.endings = EndingService(stores.accounts.endings, self.floor.take)
        users = UserService(stores.users, self.tokens, self.clock)
        self.desks = LotDesks(
            stores.lots,
            stores.record,
            stores.participations,
            stores.keys,
            publisher,
            self.clock,
            worker=self.worker,
            observer=self.tallies,
        )
        closing = ClosingService(stores.lots, stores.groups, stores.participations, publisher, self.clock)
        outages = OutageService(stores.pulses, stores.groups, stores.lots, self.clock)
        self.looks = Looks(self.floor, stores.groups, stores.lots, stores.record, self.desks, closing, outages, self.clock)
        groups = GroupService(stores.groups, self.clock)
        participations = ParticipationService(stores.participations, stores.lots, stores.record, stores.groups)
        live = LiveService(self.floor, stores.groups, stores.lots, stores.record, stores.participations, self.clock)
        ops = OpsService(stores.record, stores.refusals, self.clock)
        self.floor.listen(ops.remember)
        self.refusals = RefusalLog(stores.refusals, publisher, self.clock)
        limiter = BidLimiter(config.bids_per_second_per_user)
        accounts = build_accounts(
            stores.accounts,
            stores.users,
            self.tokens,
            self._redis,
            self._heavy_work,
            self.clock,
            prefix=config.mongodb_database,
        )
        self.services = Services(
            config=config,
            clock=self.clock,
            users=users,
            tokens=self.tokens,
            phones=PhoneService(self._phone_codes(), accounts.profiles),
            login=LoginService(self._codes(), users, self.tokens),
            groups=groups,
            sale=SaleService(groups, stores.lots, participations, self.floor),
            participations=participations,
            bids=BidService(self.desks, self.refusals, self.clock, limiter, worker=self.worker, observer=self.tallies),
            floor=self.floor,
            ops=ops,
            live=live,
            waiting=WaitingService(live, self.tokens, self.floor),
            storefront=stores.storefront,
            accounts=accounts,
            groupbuy=build_groupbuy(stores.groupbuy, self.clock),
            paces=AddressPaces(config.sign_ins_per_minute_per_address),
            health=HealthService(self.floor, lambda: self.broker.is_connected, self.mongo.ping),
            render_metrics=lambda: self.metrics.render(),
        )
        self.wording = Wording(_explain, placed_shape, BiddingDialect().failure)
        self.hub = Hub(self.floor, live, self.clock, self.tallies.publish_lag_seconds.observe)
        self.commands = Commands(self.services, self.hub, self.wording)
        self.keeper = Keeper(self.hub, self.commands, self.broker, self.clock, worker=self.worker)
        self.metrics = Metrics(config, self.tallies, self.hub, self.commands, self.floor, self.broker, worker=self.worker)

    async def start(self) -> None:
        """Raises Unavailable if the database does not answer."""
        await self.mongo.create_indexes()
        self.floor.listen(self._on_event)
        await self.looks.start()
        self.broker.start(self.floor.take, self.looks.wake)
        self.keeper.start()
        await self.endings.start()
        self.loop_lag.start()
        self.services.accounts.erasure.start()

    async def drain(self) -> None:
        """Finishes what is in flight: offers are answered, bids reach the record, listeners are sent elsewhere."""
        self.services.health.drain()
        await self.finish_bids()
        await self.refusals.drain()
        self.hub.flush()
        self.keeper.drain()

    async def finish_bids(self) -> None:
        """Until every bid taken is answered and recorded; what takes too long stays in the outbox, for the next process."""
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await self.desks.drain()
        except TimeoutError:
            log.warning("bids were still on their way to the record; another process delivers them")

    async def wait_until_listeners_left(self, seconds: float) -> None:
        """Until the last listener sent away has gone, at the longest so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.hub.sessions:
                    await asyncio.sleep(0.02)

    async def stop(self) -> None:
        await self.services.accounts.erasure.stop()
        await self.endings.stop()
        await self.loop_lag.stop()
        await self.keeper.stop()
        await self.looks.stop()
        await self.broker.stop()
        await self._redis.aclose()
        if self._wechat is not None:
            self._wechat.close()
        self._heavy_work.close()
        self.mongo.close()

    def _signer(self) -> JwtSigner:
        config = self.config
        return JwtSigner(config.jwt_secret, self.clock, issuer=config.jwt_issuer, audience=config.jwt_audience)

    def _build_wechat(self) -> WechatClient | None:
        config = self.config
        if config.wechat_appid is None or config.wechat_secret is None:
            return None
        return WechatClient(config.wechat_appid, config.wechat_secret, config.wechat_api_base)

    def _codes(self) -> Codes:
        if self._wechat is None:
            return SandboxCodes(is_production=self.config.is_production)
        return WechatCodes(self._wechat, self.clock)

    def _phone_codes(self) -> PhoneCodes:
        if self._wechat is None:
            return SandboxPhones()
        return WechatPhones(self._wechat, SharedAccess(self._wechat, self.stores.accounts.wechat_access, self.clock))

    def _on_event(self, event: Event) -> None:
        if isinstance(event, UserSessionsEnded):
            self.tokens.forget(event.user_id)
            self.commands.end_sessions(event)
        elif isinstance(event, TokensChanged):
            self.tokens.forget(event.user_id)
            self.keeper.check_user(event.user_id)


def build_groupbuy(stores: GroupbuyStores, clock: Clock) -> GroupbuyServices:
    """The services of the group-buy catalogue, which needs nothing but its stores and the time."""
    offers, shops, marks = stores.offers, stores.shops, stores.marks
    stocking = Stocking(offers, stores.categories, stores.areas, stores.price_ranges, marks)
    return GroupbuyServices(
        catalogue=CatalogueService(stocking, offers, shops, clock),
        offers=OfferDesk(stocking, offers, shops, marks, clock),
        categories=CategoryService(stores.categories, marks, stocking),
        areas=AreaService(stores.areas, marks, stocking),
        price_ranges=PriceRangeService(stores.price_ranges, marks),
        shops=ShopService(shops, stocking),
        imports=OfferImports(stocking, offers, shops, marks, clock),
    )


def _explain(error: Exception, language: str) -> tuple[str, str, dict[str, object]]:
    """The bidding document's words for an error, for the socket."""
    row = find_failure(ERRORS, error)
    facts = failure_facts(error, language)
    # Names of fields must not meet those of the reply.
    return row.error, row.text(error, language), {"data": facts} if isinstance(error, InvalidInput) else facts

"""Puts the areas together, starts them and ends them: the one place that knows them all."""
from __future__ import annotations

from functools import partial

from handlers.openapi import render_description
from server.composition.accounts import build_accounts
from server.composition.aftersale import build_aftersale, build_purposes, build_relisting
from server.composition.area import Area
from server.composition.auctions import build_auctions
from server.composition.auditing import build_auditing
from server.composition.ground import Ground
from server.composition.groupbuy import build_groupbuy
from server.composition.live import build_live, render_live_description
from server.composition.mall import build_mall
from server.composition.operators import build_operators
from server.composition.ops import build_ops
from server.composition.pictures import build_pictures
from server.composition.regions import build_regions
from server.composition.reminders import build_reminders
from server.composition.stores import Stores
from server.config import BadConfig, Config
from server.domain.clock import Clock, SystemClock
from server.domain.health import HealthService
from server.services import Services
from server.telemetry.loop_lag import LoopLag
from server.telemetry.metrics import Metrics

NO_REPLICA_SET = (
    "the database is a single server; ENV=production needs a replica set, named by MONGODB_URL: "
    "orders, stock and money of the mall are written together by its transactions"
)


class Application:
    """A running server without its port: everything built, started by `start`, ended by `stop`."""

    def __init__(self, config: Config, clock: Clock | None = None):
        self.config = config
        self.clock = clock or SystemClock()
        self.ground = ground = Ground(config, self.clock)
        self.mongo = ground.mongo
        self.stores = stores = Stores.of(ground.mongo)
        self.accounts = build_accounts(stores.accounts, ground)
        regions, pictures = build_regions(ground), build_pictures(stores.pictures, ground)
        self.auctions = build_auctions(stores, build_relisting(stores, ground), self.accounts.services.tokens, pictures, ground)
        purposes = build_purposes(stores, ground)
        self.mall = build_mall(stores.mall, stores.accounts.users, self.accounts, regions, pictures, purposes, ground)
        mall = self.mall.services
        self.aftersale = build_aftersale(stores, self.accounts, mall.ledger, mall.ordering.payments, ground)
        self.reminders = build_reminders(stores, self.accounts, ground)
        self.operators = build_operators(stores, self.accounts, self.auctions.services.control, ground)
        self.auditing = build_auditing(stores, self.auctions.watch, ground)
        audits = self.auditing.standings
        self.services = Services(
            config=config,
            clock=self.clock,
            auctions=self.auctions.services,
            accounts=self.accounts.services,
            operators=self.operators.services,
            groupbuy=build_groupbuy(stores.groupbuy, self.clock),
            mall=mall,
            aftersale=self.aftersale.services,
            reminders=self.reminders.services,
            ops=build_ops(stores.changes, audits, ground),
            pictures=pictures,
            regions=regions,
            health=HealthService(ground.floor, lambda: ground.broker.is_connected, self.clock),
            render_metrics=lambda: self.metrics.render(),
            render_description=partial(render_description, config.mall_domain),
            render_live_description=render_live_description,
        )
        self.live = build_live(
            self.services,
            ground,
            stores.auctions.audience,
            self.auctions.handover,
            when_missed=self.auctions.looks.wake,
            is_clean=audits.is_clean,
        )
        live = self.live
        self.metrics = Metrics(
            config, ground.tallies, live.hub, live.commands, ground.floor, ground.broker, audits, worker=ground.worker
        )
        self._loop_lag = LoopLag(ground.tallies.loop_lag_seconds.observe)
        sold = (self.auctions, self.accounts, self.operators, self.mall, self.aftersale, self.reminders)
        self._areas: tuple[Area, ...] = (*sold, self.auditing, self.live)
        self._started = 0  # of the areas

    async def start(self, *, makes_indexes: bool = True) -> None:
        """Raises Unavailable if the database does not answer; tried again, it goes on with the area that failed.

        Raises BadConfig where it is to go live on a database that is no replica set. `makes_indexes`: unless somebody is known to
        have made them.
        """
        if self.config.is_production and not await self.mongo.is_replica_set():
            raise BadConfig(NO_REPLICA_SET)
        if makes_indexes:
            await self.mongo.create_indexes()
        for area in self._areas[self._started :]:
            await area.start()
            self._started += 1
        self._loop_lag.start()

    async def drain(self) -> None:
        """Finishes what is in flight: offers are answered, bids reach the record, listeners are sent elsewhere."""
        self.services.health.drain()
        for area in self._areas:
            await area.drain()

    async def stop(self) -> None:
        await self._loop_lag.stop()
        for area in reversed(self._areas):
            await area.stop()
        await self.ground.close()

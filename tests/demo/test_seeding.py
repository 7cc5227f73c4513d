"""Tests of server/demo/seeding.py, on a real database and in real time."""
from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import get_args

import pytest

from server.bootstrap import Application
from server.config import Config
from server.demo.bots import COLLECTORS
from server.demo.seeding import BANNERS, CONTACT, seed_demo
from server.domain.auctions.audit.walk import AuditService
from server.domain.auctions.fancy_serials import Fancy, name_fancies
from server.domain.auctions.goods import LotStatus
from server.domain.auctions.groups import Group
from server.domain.auctions.storefront import WechatContact
from server.domain.clock import SystemClock
from server.domain.events import Event, GroupChanged
from server.storage.auctions.audit import MongoAudit
from tests.builders import make_group
from tests.clock import HandClock
from tests.services import TestServices


@pytest.fixture(scope="module")
def services() -> Iterator[TestServices]:
    """Of this file alone: seeding writes much at once, and what waits for it elsewhere may take too long for a test."""
    running = TestServices()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def seeded(services: TestServices) -> Config:
    """Settings of a database that was seeded for those who only look; it is left as it is."""
    config = services.config()
    seed_demo(config)
    return config


@asynccontextmanager
async def opened(config: Config, clock: HandClock | None = None) -> AsyncIterator[Application]:
    """An application that is not started: it reads, and changes nothing by itself."""
    application = Application(config, clock or HandClock(SystemClock().now()))
    await application.mongo.create_indexes()
    yield application
    await application.stop()


async def find_group(application: Application, issue: int) -> Group:
    group = await application.stores.auctions.groups.find_by_issue(issue)
    assert group is not None
    return group


async def list_issues(application: Application) -> list[int]:
    documents = application.mongo.database.groups.find().sort("issue")
    return [document["issue"] async for document in documents]


async def seed(config: Config) -> None:
    await asyncio.to_thread(seed_demo, config)


async def test_an_empty_database_gets_two_past_issues_and_one_that_runs(seeded):
    async with opened(seeded) as application:
        now = application.clock.now()
        assert await list_issues(application) == [5, 6, 7]
        for issue in (5, 6):
            group = await find_group(application, issue)
            lots = await application.stores.auctions.lots.list_lots(group.id)
            assert group.ended_at is not None and group.end_at < now
            assert {lot.status for lot in lots} == {LotStatus.WON, LotStatus.UNSOLD}
            assert [lot.is_bought_out for lot in lots].count(True) == 1
            assert all(lot.announced_at is not None for lot in lots)
        current = await find_group(application, 7)
        lots = await application.stores.auctions.lots.list_lots(current.id)
        assert current == await application.services.auctions.groups.find_current_group()
        assert timedelta(hours=23, minutes=59) < current.end_at - now <= timedelta(days=1)
        assert timedelta(hours=1) <= now - current.start_at < timedelta(hours=1, minutes=1)
        assert (len(lots), {lot.status for lot in lots}) == (34, {LotStatus.OPEN})
        assert {lot.leader_nickname for lot in lots if lot.has_bid} <= set(COLLECTORS)
        assert 0 < sum(lot.has_bid for lot in lots) < 34
        assert [len(lot.pictures) for lot in lots] == [3, *[2] * 7] * 4 + [3, 0]  # the last shows how a lot without one looks
        assert {fancy for lot in lots for fancy in name_fancies(lot.sn)} == set(get_args(Fancy))  # there is one of each to be found
        assert len({lot.pictures[0] for lot in lots[:-1]}) == 33
        for address in lots[0].pictures:
            assert (await application.services.pictures.get_file(address.rpartition("/")[2])).media_type == "image/jpeg"
        assert await application.services.auctions.storefront.list_banners() == BANNERS
        assert await application.services.auctions.storefront.get_wechat_contact() == CONTACT


async def test_the_seeded_auction_passes_the_audit(seeded):
    async with opened(seeded) as application:
        stores = application.stores.auctions
        audit = await AuditService(stores.groups, MongoAudit(application.mongo.database), application.clock).audit(None)
        assert (audit.findings, audit.lots) == ([], 45)
        assert audit.bids > 60


async def test_a_server_that_starts_after_it_finds_no_outage_to_make_good(config):
    await seed(config)
    async with opened(config, HandClock(SystemClock().now() + timedelta(minutes=2))) as application:  # however slow the machine
        before = await application.stores.auctions.lots.list_lots(3)
        await application.auctions.looks.look()
        assert await application.stores.auctions.lots.list_lots(3) == before


async def test_an_auction_that_runs_is_left_as_it_is(config):
    await seed(config)
    async with opened(config) as application:
        before = await application.stores.auctions.lots.list_lots(3)
        await seed(config)
        assert await list_issues(application) == [5, 6, 7]
        assert await application.stores.auctions.lots.list_lots(3) == before


async def test_when_nothing_is_on_sale_any_more_the_next_issue_is_opened(config):
    await seed(config)
    clock = HandClock(SystemClock().now())
    async with opened(config, clock) as application:
        await end_current(application, clock)
        await seed(config)
        assert await list_issues(application) == [5, 6, 7, 8]
        eighth = await find_group(application, 8)
        clock.moment = SystemClock().now()
        assert await application.services.auctions.groups.find_current_group() == eighth
        assert len(await application.stores.auctions.lots.list_lots(eighth.id)) == 34


async def end_current(application: Application, clock: HandClock) -> None:
    """Lets the current group run to its end, with a server there all the time."""
    ended = asyncio.Event()

    def listen(event: Event) -> None:
        if isinstance(event, GroupChanged) and event.group.ended_at is not None:
            ended.set()

    application.ground.floor.listen(listen)
    await application.auctions.looks.start()
    clock.advance(days=1, seconds=1)
    application.auctions.looks.wake()
    await ended.wait()


@pytest.mark.parametrize("contact", [None, WechatContact("somebody", "")])
async def test_a_database_of_somebody_else_is_left_alone(config, contact):
    async with opened(config) as application:
        await make_group(application, issue=3, starts_in=-7200, closes_in=-3600)
        if contact is not None:
            await application.stores.auctions.storefront.set_wechat_contact(contact)
        await seed(config)
        assert await list_issues(application) == [3]
        assert await application.services.auctions.storefront.list_banners() == []


async def test_bots_and_seeds_are_the_same_people(seeded):
    async with opened(seeded) as application:
        before = await application.mongo.database.users.count_documents({})
        for name in COLLECTORS:
            await application.services.accounts.wechat_login.login_by_code(name)
        assert await application.mongo.database.users.count_documents({}) == before == len(COLLECTORS)

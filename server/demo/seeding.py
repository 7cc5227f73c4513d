"""What `serve --demo` finds at its start: two past issues, one that runs, banners, the shop's contact and a catalogue."""
from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

from server.bootstrap import Application
from server.config import Config
from server.demo.bots import COLLECTORS
from server.demo.catalogue import fill_catalogue
from server.demo.inviting import invite_visitors
from server.demo.notes import Engraver
from server.domain.auctions.goods import Lot
from server.domain.auctions.groups import Group
from server.domain.auctions.imports import ImportService, Row, fill_in
from server.domain.auctions.rules import SETTLE_AFTER
from server.domain.auctions.storefront import Banner, WechatContact
from server.domain.clock import SystemClock
from server.domain.paging import PageQuery
from server.outside.sheets import read_sheet

log = logging.getLogger(__name__)

FOLDER = Path(__file__).parent
PAST_ISSUES = {5: timedelta(days=14), 6: timedelta(days=7)}  # began so long ago
PAST_ISSUE_TOOK = timedelta(days=2)
CURRENT_ISSUE = 7
RUNNING_SINCE = timedelta(hours=1)
RUNNING_FOR = timedelta(days=1)  # from the start of the server
STEP = "10"  # fen: the bots raise for a whole day
FINISH_SECONDS = 30
DRAWN_AT_ONCE = 4
SEALED_EACH = 8  # of the lots one shows its holder
RAISE = (0.01, 0.04)  # of what lies between low and top price

BANNERS = [Banner(f"/static/images/banner-{number}.svg", number) for number in (1, 2, 3)]
CONTACT = WechatContact("demo-auction", "/static/images/wechat-qrcode.svg")  # tells that a database is the demo's own


class SetClock:
    """Stands still until it is set: with it the past is played by the rules of the present."""

    def __init__(self, moment: datetime):
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


class Act(NamedTuple):
    """A bid of the story; `moment` is a share of the time that is played."""

    moment: float
    lot: Lot
    bidder: str
    price: int


def seed_demo(config: Config) -> None:
    """Fills a database without groups. One it filled before gets its next issue when nothing is on sale. Leaves others alone."""
    # What happens on the stage is no news of today.
    auctions = logging.getLogger("server.domain.auctions")
    auctions.setLevel(logging.WARNING)
    try:
        asyncio.run(_seed(config))
    finally:
        auctions.setLevel(logging.NOTSET)


async def _seed(config: Config) -> None:
    now = SystemClock().now()
    clock = SetClock(now)
    application = Application(config, clock)
    stage = Stage(application, clock)
    try:
        await application.mongo.create_indexes()
        is_new = await stage.is_empty()
        if is_new:
            await stage.furnish()
            for issue, ago in PAST_ISSUES.items():
                await stage.play_past(issue, now - ago)
            await stage.open_current(CURRENT_ISSUE, now)
        elif await stage.is_own() and await stage.is_over(now):
            await stage.open_current(await stage.find_free_issue(), now)
        if await stage.is_own():
            await stage.arrive()
            await invite_visitors(application)
            await fill_catalogue(application)
            await stage.arrive()
        if is_new:
            await stage.await_opening()
    finally:
        await application.stop()


class Stage:
    """Plays sales through the server's own services, on a clock of its own."""

    def __init__(self, application: Application, clock: SetClock):
        self._application = application
        self._clock = clock
        self._stores = application.stores.auctions
        self._engraver = Engraver()
        self._imports = ImportService(self._stores.groups, self._stores.lots, clock)

    async def is_empty(self) -> bool:
        ended = await self._stores.groups.list_ended_groups(self._clock.now(), PageQuery(size=1))
        return ended.total == 0 and not await self._stores.groups.list_unfinished_groups()

    async def is_own(self) -> bool:
        """Whether it was filled here: what runs elsewhere gets no demo's goods."""
        return await self._stores.storefront.get_wechat_contact() == CONTACT

    async def is_over(self, now: datetime) -> bool:
        """Whether nothing is on sale, even after the time in which no server ran has been given back."""
        await self._move_to(now)
        return await self._application.services.auctions.groups.find_current_group() is None

    async def find_free_issue(self) -> int:
        issue = CURRENT_ISSUE
        while await self._stores.groups.find_by_issue(issue) is not None:
            issue += 1
        return issue

    async def furnish(self) -> None:
        await self._stores.storefront.set_wechat_contact(CONTACT)
        await self._stores.storefront.replace_banners(BANNERS)

    async def play_past(self, issue: int, start_at: datetime) -> None:
        """A whole sale: one lot stays unsold, one goes at its top price."""
        end_at = start_at + PAST_ISSUE_TOOK
        group, lots = await self._open(issue, start_at, end_at)
        story = _invent([lots[0], *lots[2:]], random.Random(issue), fewest=3, most=9)
        story.append(Act(0.99, lots[0], COLLECTORS[0], lots[0].top_price))
        await self._play(story, start_at, end_at)
        await self._move_to(end_at + SETTLE_AFTER)
        await self._finish(group)

    async def open_current(self, issue: int, now: datetime) -> None:
        """The sale to look at: it runs for an hour already and has its first bids."""
        start_at = now - RUNNING_SINCE
        _, lots = await self._open(issue, start_at, now + RUNNING_FOR)
        await self._play(_invent(lots, random.Random(issue), fewest=0, most=3), start_at, now)
        await self._move_to(now)
        log.info("the demo's issue %s runs from an hour ago until this time tomorrow", issue)

    async def arrive(self) -> None:
        """Comes to the time that it is by now: else what the filling took would be an outage to make good."""
        await self._move_to(SystemClock().now())

    async def await_opening(self) -> None:
        """However long the first server takes to begin: nobody could have bid before, and nobody is told of an outage."""
        await self._stores.pulses.forget()

    async def _open(self, issue: int, start_at: datetime, end_at: datetime) -> tuple[Group, list[Lot]]:
        own = FOLDER / f"issue_{issue}.csv"
        rows = read_sheet(own if own.exists() else FOLDER / "current.csv").rows
        pictures: dict[int, tuple[str, ...]] = {}
        if not own.exists():
            pictures = await self._draw(rows)  # before the sale begins: nobody bids meanwhile
            await self._move_to(self._clock.moment)  # and what that takes is no outage
        await self._move_to(start_at)
        group = await self._imports.import_group(fill_in(rows, {"step": STEP}), issue, start_at, end_at, pictures=pictures)
        return group, await self._stores.lots.list_lots(group.id)

    async def _draw(self, rows: Sequence[Row]) -> dict[int, tuple[str, ...]]:
        """Line → its pictures: front and back, some in their holder. The last row has none, so that this is seen, too."""
        places = asyncio.Semaphore(DRAWN_AT_ONCE)

        async def draw(place: int, row: Row) -> tuple[str, ...]:
            async with places:
                return tuple([await self._draw_side(side) for side in self._sides(row, place)])

        shown = rows[:-1]
        drawn = await asyncio.gather(*(draw(place, row) for place, row in enumerate(shown)))
        return {row.line: pictures for row, pictures in zip(shown, drawn)}

    def _sides(self, row: Row, place: int) -> Iterator[Callable[[], bytes]]:
        category, serial, grade = (row.texts[column] for column in ("category", "sn", "score"))
        yield partial(self._engraver.draw_front, category, serial)
        yield partial(self._engraver.draw_back, category)
        if place % SEALED_EACH == 0:
            yield partial(self._engraver.draw_holder, category, serial, grade)

    async def _draw_side(self, draw: Callable[[], bytes]) -> str:
        content = await self._application.ground.heavy_work.run(draw)
        return (await self._application.services.pictures.add_picture(content)).address

    async def _play(self, story: Sequence[Act], start_at: datetime, end_at: datetime) -> None:
        users = [await self._application.services.accounts.users.sign_in(f"sandbox:{name}", name, "") for name in COLLECTORS]
        by_name = {user.nickname: user for user in users}
        for act in sorted(story, key=lambda act: act.moment):
            await self._move_to(start_at + _whole_seconds((end_at - start_at) * act.moment))
            bidder = by_name[act.bidder]
            await self._application.services.auctions.bids.place_bid(bidder, act.lot.group_id, act.lot.id, act.price)
        await self._application.auctions.desks.drain()

    async def _move_to(self, moment: datetime) -> None:
        """Sets the clock and looks, as a server does all the time: else the way there would be an outage to make good."""
        self._clock.moment = moment
        looks = self._application.auctions.looks
        await looks.look()
        while not looks.may_close:
            await looks.look()

    async def _finish(self, group: Group) -> None:
        """Lets the looks do what they do at every end. Raises TimeoutError if they do not."""
        looks = self._application.auctions.looks
        await looks.start()
        async with asyncio.timeout(FINISH_SECONDS):
            while (await self._stores.groups.get_group(group.id)).ended_at is None:
                looks.wake()
                await asyncio.sleep(0.02)
        await looks.stop()


def _invent(lots: Sequence[Lot], chance: random.Random, *, fewest: int, most: int) -> list[Act]:
    """Bids on each lot that nobody would be surprised by: the first at the low price, nobody outbids themselves."""
    story: list[Act] = []
    for lot in lots:
        price, bidder = lot.low_price, ""
        for moment in sorted(chance.uniform(0, 0.98) for _ in range(chance.randint(fewest, most))):
            bidder = chance.choice([name for name in COLLECTORS if name != bidder])
            story.append(Act(moment, lot, bidder, price))
            price += round((lot.top_price - lot.low_price) * chance.uniform(*RAISE) / lot.step) * lot.step
    return story


def _whole_seconds(span: timedelta) -> timedelta:
    return timedelta(seconds=int(span.total_seconds()))

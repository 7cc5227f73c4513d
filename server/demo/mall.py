"""The mall of `serve --demo`: what a collector of banknotes buys, with pictures drawn for it, and what first buyers said.

Filled beside the running server, once: nobody waits for it at the start.
"""
from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from server.bootstrap import Application
from server.config import Config
from server.demo.bots import COLLECTORS
from server.demo.notes import Engraver
from server.demo.products import ProductPainter
from server.demo.seeding import CONTACT
from server.domain.accounts.users import User
from server.domain.auctions.imports import Row
from server.domain.changes import Cause
from server.domain.mall.adjustments import AdjustmentTerms
from server.domain.mall.banners import BannerTerms
from server.domain.mall.categories import CategoryTerms
from server.domain.mall.freights import FeeKind, FreightTerms, Rate
from server.domain.mall.goods.goods import Choosable, Goods, GoodsTerms, Label, Limit, OptionGroup, PriceStep
from server.domain.mall.goods.reviews import Reply
from server.domain.mall.members import Source
from server.domain.mall.notices import NoticeTerms
from server.domain.mall.orders.desk import Shipment
from server.domain.mall.orders.placing import OrderRequest, WantedLine
from server.domain.mall.orders.reviewing import LineReview, Rating
from server.domain.mall.settings import NewSetting
from server.domain.mall.shops import ShopTerms
from server.domain.mall.wares import Choice
from server.outside.sheets import read_sheet

log = logging.getLogger(__name__)

SHEET = Path(__file__).parent / "mall_goods.csv"
LOOK, NAME, PICTURES, CONTENT = "图样", "名称", "图片", "详情"
KINDER = 10  # for the processor: the auction goes first
BEGUN = "mallName"  # the setting by which a mall is known to have been filled

# The first of a path is its icon's drawing.
CATEGORIES = {
    "收纳保护": ("album", "红", ("收藏册", "活页与护币袋", "盒箱", "防潮")),
    "鉴赏工具": ("loupe", "黑", ("放大镜", "灯具", "量具", "取放")),
    "图书资料": ("book", "蓝", ("图录", "入门")),
    "复刻与文创": ("note", "龙钞补号", ("复刻钞", "摆件", "文具")),
    "礼盒": ("gift", "红", ()),
}
ON_FIRST_PAGE = ("收纳保护", "鉴赏工具")
SHOPS = (
    ShopTerms(
        name="集藏社总店",
        address="浙江省杭州市西湖区文三路 188 号",
        contact="周掌柜",
        phone="0571-88880000",
        latitude=30.2765,
        longitude=120.1332,
        opening_hours="09:30–20:00",
        introduction="<p>二楼有鉴赏台，放大镜与紫外灯随意试用。</p>",
        characteristic="可自提",
        number="HZ01",
    ),
    ShopTerms(
        name="书香分店",
        address="上海市黄浦区福州路 390 号",
        contact="沈先生",
        phone="021-63220000",
        latitude=31.2345,
        longitude=121.4782,
        opening_hours="10:00–19:00",
        introduction="<p>图录与期刊的专门店。</p>",
        characteristic="图录齐全",
        number="SH01",
        sort=1,
    ),
)
FAR = ("650000000000", "540000000000")  # 新疆、西藏
FREIGHTS = (
    FreightTerms(
        name="按件",
        kind=FeeKind.PIECES,
        rates=(Rate(first=3, first_fee=600, step_fee=100), Rate(regions=FAR, first_fee=1500, step_fee=500)),
    ),
    FreightTerms(
        name="按重量",
        kind=FeeKind.WEIGHT,
        rates=(
            Rate(first=1000, first_fee=800, step=500, step_fee=200),
            Rate(regions=FAR, first=1000, first_fee=1800, step=500, step_fee=800),
        ),
    ),
    FreightTerms(name="大件", is_free=True),
)
BANNERS = (
    ("红", "新藏家从这里开始", (("album", "红"), ("sleeve", "蓝"), ("gift", "红")), "新藏家入门礼盒"),
    ("蓝", "看得清，才买得准", (("loupe", "黑"), ("lamp", "紫"), ("scale", "黑")), "带灯 30 倍放大镜"),
    ("棕", "挂起来的纸币", (("frame", "渣打150"), ("sheet", "航天号"), ("card", "红")), "纸钞装饰画框"),
)
NOTICES = (
    NoticeTerms(title="开业满百包邮", content="<p>即日起大件免运费，其余满三件同运费。</p>"),
    NoticeTerms(title="收藏册活页如何选", content="<p>百元面额用三格，拾元以下用四格；评级钞请选收纳箱。</p>"),
    NoticeTerms(title="发货说明", content="<p>每日 16:00 前付款的订单当天发出，默认顺丰或中通。</p>"),
)
SETTINGS = {
    "order_pay_user_balance": "1",
    "shipping_address_region_level": "4",
    "show_buy_dynamic": "1",
    "hide_reputation": "0",
    "hot_search_words": "护币袋,放大镜,图录,龙钞",
    "share_profile": "纸币藏家的杂货铺",
    "recharge_amount_min": "10",
    BEGUN: "集藏社",
}
AFTER_SALE = (0, 1, 2)
FLASH = {"带灯 30 倍放大镜": 2990, "365 纳米紫外手电": 2990}  # fen; what is sold cheaper in the first days
FLASH_DAYS = 3
STEPS = {"定位册活页 三格": ((5, 1000), (20, 900)), "花边纹样明信片 十二张": ((3, 2500),)}
LIMITS = {"航天纪念四连体复刻张": Limit(number=2, days=30), "龙钞复刻艺术钞": Limit(number=5)}
ENGRAVING = OptionGroup(
    name="刻字",
    options=(Choosable(name="不刻字"), Choosable(name="激光刻字", price=2000), Choosable(name="手工刻字", price=6800)),
    is_required=True,
)
WRAPPING = OptionGroup(name="包装", options=(Choosable(name="礼品纸", price=500), Choosable(name="手写贺卡", price=300)), is_several=True)
OPTIONS = {"雕纹铱金钢笔": (ENGRAVING, WRAPPING), "新藏家入门礼盒": (WRAPPING,), "评级藏家礼盒": (WRAPPING,), "少年藏家礼盒": (WRAPPING,)}
LABELS = {"365 纳米紫外手电": (Label(name="波长", text="365 nm"), Label(name="续航", text="3 小时"))}

STAFF = Cause(None, "演示")
POCKET = 80_000  # fen; what a buyer has in the wallet before the first order
HOME = ("330000000000", "330100000000", "330106000000")
# Goods → what buyers said of it, the rating, and the shop's answer
REVIEWS: Mapping[str, tuple[tuple[str, Rating, str], ...]] = {
    "带灯 30 倍放大镜": (
        ("对印和缩微文字看得清清楚楚，灯够亮。", Rating.GOOD, "感谢支持，皮套记得随身带。"),
        ("倍数够用，边缘略有畸变。", Rating.FAIR, ""),
    ),
    "无酸护币袋 100 枚": (("尺寸刚好，没有味道，回购第三次。", Rating.GOOD, ""), ("拇指口很方便。", Rating.GOOD, "")),
    "《纸币图录》第三版": (("印刷精良，冠号表很实用。", Rating.GOOD, "第四版明年春天见。"),),
    "评级钞收纳箱 50 枚": (("装满之后依然平稳，锁扣结实。", Rating.GOOD, ""),),
    "龙钞复刻艺术钞": (("纹路摸得出来，送朋友很体面。", Rating.GOOD, ""), ("色泽比图片深一点。", Rating.FAIR, "每批油墨略有差异，可联系客服调换。")),
    "365 纳米紫外手电": (("荧光一照便知，不泛紫。", Rating.GOOD, ""),),
}


def furnish_mall(config: Config) -> None:
    """Fills the demo's mall. Leaves any other mall, and one that was filled before, alone."""
    os.nice(KINDER)
    asyncio.run(_furnish(config))


async def _furnish(config: Config) -> None:
    application = Application(config)
    try:
        if await application.stores.auctions.storefront.get_wechat_contact() == CONTACT:
            await fill_mall(application)
    finally:
        await application.stop()


async def fill_mall(application: Application) -> None:
    """Fills a mall without goods that has not been filled before; leaves any other alone."""
    window = application.services.mall.window
    if await window.settings.find(BEGUN) is not None or await application.stores.mall.goods.has_any():
        return
    merchant = _Merchant(application)
    await merchant.furnish()
    goods = await merchant.put_goods()
    await merchant.hang_banners(goods)
    for key, value in SETTINGS.items():
        await window.setting_desk.add(NewSetting(key=key, value=value), STAFF)
    await merchant.sell(goods)
    log.info("the demo's mall has %s goods", len(goods))


class _Merchant:
    """Works at the desks that the staff has."""

    def __init__(self, application: Application):
        self._application = application
        self._mall = application.services.mall
        self._painter = ProductPainter(Engraver())
        self._drawn: dict[tuple[str, str], str] = {}

    async def furnish(self) -> None:
        """What goods name, but for what is there from before."""
        window = self._mall.window
        shops = {one.name for one in await window.shop_desk.list_all()}
        for shop in SHOPS:
            if shop.name not in shops:
                await window.shop_desk.add(replace(shop, picture=await self._draw("gift", "红")), STAFF)
        freights = {one.name for one in await window.freights.list_all()}
        for freight in FREIGHTS:
            if freight.name not in freights:
                await window.freights.add(freight, STAFF)
        if not await window.categories.list_all():
            await self._grow_tree()
        if not await window.notice_desk.list_all():
            for notice in NOTICES:
                await window.notice_desk.add(notice, STAFF)

    async def put_goods(self) -> dict[str, Goods]:
        """By their names."""
        rows = [await self._with_pictures(row) for row in read_sheet(SHEET).rows]
        found = await self._mall.window.goods_imports.check(_filled(rows))
        assert not found.problems, found.problems
        # The first of the sheet is the newest.
        made = await self._mall.window.goods_desk.add_all([self._completed(one.terms) for one in reversed(found.goods)], STAFF)
        return {one.name: one for one in made}

    async def hang_banners(self, goods: Mapping[str, Goods]) -> None:
        desk = self._mall.window.banner_desk
        if await desk.list_all():
            return
        for place, (look, title, things, name) in enumerate(BANNERS):
            picture = await self._keep(self._painter.draw_banner, look, *things)
            link = f"/pages/goods-details/index?id={goods[name].id}"
            goods_id = str(goods[name].id)
            banner = BannerTerms(kind="index", title=title, picture=picture, business_id=goods_id, link=link, sort=place)
            await desk.add(banner, STAFF)

    async def sell(self, goods: Mapping[str, Goods]) -> None:
        """Orders that were paid, sent, received and reviewed, one after the other as people do it."""
        said = [(goods[name], *one) for name, reviews in REVIEWS.items() for one in reviews]
        for place, (sold, text, rating, answer) in enumerate(said):
            buyer = await self._buyer(COLLECTORS[place % len(COLLECTORS)])
            await self._sell_one(buyer, sold, LineReview(line_id=0, rating=rating, stars=3 + rating.value, text=text), answer)

    async def _sell_one(self, buyer: User, sold: Goods, review: LineReview, answer: str) -> None:
        ordering = self._mall.ordering
        specs = sold.spec_ids(sold.skus[0]) if sold.skus else ()
        line = WantedLine(choice=Choice(goods_id=sold.id, specs=tuple(sorted(specs))), number=1)
        wanted = OrderRequest(lines=(line,), place=HOME, receiver=buyer.nickname, mobile="13800138000", street_address="文三路 1 号")
        order = await ordering.placing.place(buyer.id, wanted, "")
        await ordering.orders.pay(buyer.id, [order.id])
        await ordering.order_desk.ship_order(order.id, STAFF, Shipment(carrier="中通快递", tracking=f"7500{order.id:08}"))
        await ordering.orders.receive(buyer.id, order.id)
        await ordering.reviewing.review(buyer, order.id, [replace(review, line_id=order.lines[0].id)])
        if answer:
            await self._mall.window.reviews.answer_review(order.lines[0].id, STAFF, Reply(text=answer))

    async def _buyer(self, name: str) -> User:
        """With enough in the wallet."""
        user = await self._application.services.accounts.users.sign_in(f"sandbox:{name}", name, "")
        await self._mall.members.join(user.id, "", Source.MINI_PROGRAM)
        if (await self._mall.ledger.get_wallet(user.id)).sums.balance < POCKET:
            await self._mall.adjustments.add(AdjustmentTerms(user_id=user.id, balance=POCKET, remark="演示充值"), STAFF)
        return user

    async def _grow_tree(self) -> None:
        categories = self._mall.window.categories
        for place, (name, (kind, look, below)) in enumerate(CATEGORIES.items()):
            icon = await self._draw(kind, look)
            mark = "index" if name in ON_FIRST_PAGE else ""
            top = await categories.add(CategoryTerms(name=name, kind=mark, icon=icon, sort=place), STAFF)
            for below_place, below_name in enumerate(below):
                await categories.add(CategoryTerms(name=below_name, parent_id=top.id, icon=icon, sort=below_place), STAFF)

    async def _with_pictures(self, row: Row) -> Row:
        texts = {name: text for name, text in row.texts.items() if name != LOOK}
        kind, _, look = row.texts[LOOK].partition(":")
        lines = "".join(f"<p>{line}</p>" for line in row.texts[CONTENT].split("|") if line)
        return replace(row, texts={**texts, PICTURES: await self._draw(kind, look), CONTENT: lines})

    def _completed(self, terms: GoodsTerms) -> GoodsTerms:
        """With what no column of a sheet tells."""
        name, now = terms.name, self._application.clock.now()
        steps = tuple(PriceStep(number=number, price=price) for number, price in STEPS.get(name, ()))
        more: dict[str, Any] = {"option_groups": OPTIONS.get(name, ()), "labels": LABELS.get(name, ())}
        if name in FLASH:
            more |= {"flash_from": now, "flash_until": now + timedelta(days=FLASH_DAYS), "flash_price": FLASH[name]}
        limits = (LIMITS[name],) if name in LIMITS else ()
        return replace(terms, after_sale=AFTER_SALE, steps=steps, limits=limits, **more)

    async def _draw(self, kind: str, look: str) -> str:
        """The address of the picture; the same is drawn once."""
        if (kind, look) not in self._drawn:
            self._drawn[kind, look] = await self._keep(self._painter.draw, kind, look)
        return self._drawn[kind, look]

    async def _keep(self, draw: Callable[..., bytes], *what: Any) -> str:
        content = await self._application.ground.heavy_work.run(draw, *what)
        return (await self._application.services.pictures.add_picture(content)).address


def _filled(rows: Sequence[Row]) -> list[Row]:
    """Rows of one goods name its pictures together, in the first of them."""
    pictures: dict[str, list[str]] = {}
    for row in rows:
        pictures.setdefault(row.texts[NAME], []).append(row.texts[PICTURES])
    filled = []
    for row in rows:
        of_all = " ".join(dict.fromkeys(pictures.pop(row.texts[NAME], ())))
        filled.append(replace(row, texts={**row.texts, PICTURES: of_all}))
    return filled

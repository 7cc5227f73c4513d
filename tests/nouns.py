"""Every noun that is declared, with what is sent to add and change one."""
from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec

from handlers.bidding.shapes import document_time
from handlers.openapi import render_description
from server.domain.accounts.users import Role, User
from server.domain.mall.categories import CategoryTerms
from server.domain.mall.content.categories import ArticleCategoryTerms
from tests.api import ABSENT, Answer, Api
from tests.builders import make_user
from tests.catalogue import make_furniture
from tests.clock import NOON
from tests.handlers.mall.ordering import TO_ME, place
from tests.handlers.mall.test_window import put_goods
from tests.mall import sign_in
from tests.operators import sign_in_with_second_factor


@dataclass(frozen=True)
class Sample:
    """`change` is what is different afterwards; `text` names a field that takes any text."""

    new: dict[str, Any]
    change: dict[str, Any] | None = None
    text: str = "name"
    unique: str | None = None  # names a field that no two may have alike


OFFER = {
    "name": "护币袋",
    "kind": 1,
    "goods_name": "护币袋一百枚",
    "shop_id": 1,
    "goods_price": 5990,
    "price": 1995,
    "start_at": document_time(NOON - timedelta(hours=1)),
    "end_at": document_time(NOON + timedelta(hours=1)),
    "category_id": 12,
    "subcategory_id": 33,
}

OPERATOR = {"nickname": "林", "roles": ["bookkeeper"], "password": "correct horse battery staple"}

BARGAIN = {
    "goods_id": 1,
    "price": 10_000,
    "floor": 7_000,
    "number": 10,
    "least_cut": 100,
    "most_cut": 900,
    "ends_at": "2036-06-30 20:00:00",
}

GROUP = {"issue": 25, "start_at": "2036-06-01 20:00:00", "end_at": "2036-06-02 20:00:00"}

LOT = {"group_id": 1, "sn": "U9T0069000", "category": "龙钞补号", "low_price": 20000, "top_price": 40000}

SAMPLES: dict[str, Sample] = {
    "groupbuy.areas": Sample({"name": "黄浦区", "parent_id": 15}, {"name": "静安区", "sort": 3}),
    "groupbuy.categories": Sample({"name": "工具", "kind": 1, "parent_id": 12}, {"name": "小工具"}),
    "groupbuy.price-ranges": Sample({"name": "千元", "start": 100_000, "end": 200_000}, {"end": 300_000}),
    "groupbuy.shops": Sample({"name": "新店", "contracts": [{"type_id": 1, "type_name": "退货"}]}, {"name": "老店"}),
    "groupbuy.offers": Sample(OFFER, {"price": 1000, "end_at": "2036-06-01 14:00:00"}),
    "auctions.groups": Sample(GROUP, {"end_at": "2036-06-02 13:00:00"}, text="note", unique="issue"),
    "auctions.lots": Sample(LOT, {"top_price": 50000}, text="sn_no"),
    "auctions.bidders": Sample({"user_id": 1}, {"note": "老客户"}, text="note", unique="user_id"),
    "accounts.operators": Sample(OPERATOR, {"roles": ["auctioneer", "shop_staff"]}, text="note", unique="nickname"),
    "mall.goods": Sample(
        {"name": "白瓷杯", "category_id": 1, "pictures": ["https://pictures.example/1.png"], "price": 1990},
        {"name": "青瓷杯", "price": 2990, "stock": 5},
    ),
    "mall.categories": Sample({"name": "杯具"}, {"name": "瓷器", "sort": 3}),
    "mall.freights": Sample({"name": "快递", "rates": [{"first_fee": 600, "step_fee": 200}]}, {"is_free": True}),
    "mall.shops": Sample({"name": "西湖店", "latitude": 30.25, "longitude": 120.15}, {"name": "湖滨店", "is_open": False}),
    "mall.banners": Sample({"kind": "index", "picture": "https://pictures.example/1.png"}, {"sort": 2}, text="title"),
    "mall.ad-positions": Sample({"key": "indexPop", "value": "https://pictures.example/1.png"}, {"link": "/pages/my"}, text="remark"),
    "mall.notices": Sample({"title": "开业", "content": "<p>开业大吉</p>"}, {"title": "打烊"}, text="title"),
    "mall.article-categories": Sample({"name": "新闻", "kind": "index"}, {"name": "常见问题", "kind": "qa"}),
    "mall.articles": Sample({"title": "开业", "category_id": 1, "content": "<p>欢迎</p>"}, {"title": "打烊", "sort": 3}, text="title"),
    "mall.pages": Sample({"key": "about", "title": "关于"}, {"title": "关于我们"}, text="title", unique="key"),
    "mall.partners": Sample({"name": "钱币学会", "link": "https://friends.example"}, {"sort": 2}),
    "mall.link-hosts": Sample({"host": "example.com"}, {"has_subdomains": True}, text="remark"),
    "mall.bar-codes": Sample({"code": "6901234567892", "name": "墨水"}, {"price": 1250}),
    "mall.gate-merchants": Sample({"name": "商户"}, {"most_a_day": 5}),
    "mall.sms-templates": Sample({"name": "发货", "code": "SMS_1"}, {"is_used": False}),
    "mall.settings": Sample({"key": "mallName", "value": "藏馆"}, {"value": "新馆"}, text="value", unique="key"),
    "mall.bargains": Sample(BARGAIN, {"number": 20, "floor": 6000}),
    "mall.group-offers": Sample(
        {"goods_id": 1, "people": 2, "hours": 24, "ends_at": "2036-06-30 20:00:00"}, {"people": 3, "is_open": False}
    ),
    "mall.seller-teams": Sample({"name": "一队", "leader_id": 1}, {"name": "二队", "goal": 100}),
    "mall.seller-cities": Sample({"user_id": 1, "province_id": "330000000000", "province": "浙江省"}, {"goal": 100}, text="province"),
    "mall.adjustments": Sample({"user_id": 1, "balance": 100, "remark": "补偿"}, text="remark"),
    "mall.coupon-rules": Sample({"name": "满20减5", "least": 500, "most": 500, "total": 50, "valid_days": 10}, {"password": "芝麻"}),
    "mall.coupon-merges": Sample({"name": "三合一", "taken": [{"rule_id": 1, "number": 3}], "made": [{"rule_id": 1}]}, {"is_open": False}),
    "mall.points-deductions": Sample({"points": 100, "worth": 100}, {"repeats": False}, text="remark"),
    "mall.points-gifts": Sample({"code": "goodReputation", "points": 2}, {"points": 3}, text="code"),
    "mall.sign-rules": Sample({"days": 1, "points": 5}, {"days": 2}, text="remark"),
    "mall.points-vouchers": Sample({"points": 300}, {"points": 200}, text="remark"),
    "mall.levels": Sample({"name": "金卡", "rank": 1, "percent": 90}, {"percent": 85}, unique="rank"),
    "mall.level-prices": Sample({"level_id": 1, "duration": 1, "span": 1, "price": 3000}, {"is_open": False}, text="remark"),
    "mall.cards": Sample({"user_id": 1, "name": "水卡", "amount": 1200}),
    "mall.activity-pages": Sample({"title": "大促"}, {"goods_ids": [1, 2]}, text="title"),
    "mall.activities": Sample({"title": "体检", "fee": 2000, "places": 2}, {"title": "讲座", "is_open": False}, text="title"),
    "mall.queues": Sample({"name": "小桌"}, {"minutes": 9, "most": 3}),
    "mall.polls": Sample({"title": "最美", "options": [{"title": "甲"}]}, {"title": "最爱"}, text="title"),
    "mall.support-invitations": Sample({"remark": "早班"}, text="remark"),
    "mall.letters": Sample({"user_id": 1, "title": "你好", "content": "欢迎"}, text="title"),
    "mall.virtual-goods": Sample({"name": "密钥", "content": "XYZ", "price": 950}, {"is_on_shelf": False}),
    "mall.raffles": Sample({"name": "开业", "prizes": [{"title": "茶杯", "chance": 100}]}, {"times": 3}),
    "mall.courier-deliveries": Sample({"order_id": 1, "courier": "王"}, {"mobile": "13800138000"}, text="courier"),
    "mall.recharge-rules": Sample({"threshold": 10_000, "gift": 1000}, {"gift": 2000, "is_repeated": True}, text="remark"),
    "mall.bill-discounts": Sample({"threshold": 10_000, "discount": 1500}, {"is_on": False}, text="remark"),
    "accounts.invitations": Sample({"uses": 3, "note": "春拍"}, text="note"),
}

DESCRIBED: dict[str, Any] = msgspec.json.decode(render_description())
NOUNS: dict[str, dict[str, Any]] = {
    methods["get"]["x-noun"]["name"]: methods["get"]["x-noun"]
    for methods in DESCRIBED["paths"].values()
    if "x-noun" in methods.get("get", {})
}
ADDED = [name for name, noun in NOUNS.items() if noun["add"]]  # the others come about elsewhere
CHANGED = [name for name, noun in NOUNS.items() if noun["change"]]


def schema_of(reference: str) -> dict[str, Any]:
    return DESCRIBED["components"]["schemas"][reference.removeprefix("#/components/schemas/")]


class Desk:
    """An operator's work on one noun."""

    def __init__(self, api: Api, user: User, name: str):
        self.api = api
        self.user = user
        self.noun = NOUNS[name]
        self.sample = SAMPLES[name]
        self._added = 0

    @property
    def is_kept(self) -> bool:
        """Whether none is ever removed."""
        return "delete" not in DESCRIBED["paths"][f"{self.noun['path']}/{{{self.noun['key']}}}"]

    async def ask(self, method: str, path: str = "", json: Any = ABSENT, **query: Any) -> Answer:
        return await self.api.ask(method, self.noun["path"] + path, as_user=self.user, json=json, query=query)

    async def add(self, **about: Any) -> dict[str, Any]:
        """As the sample has it but for what is told."""
        new = dict(self.sample.new)
        if self.sample.unique is not None:
            self._added += 1
            first = new[self.sample.unique]
            new[self.sample.unique] = first + self._added if isinstance(first, int) else f"{first}{self._added}"
        answer = await self.ask("POST", json={**new, **about})
        assert answer.status in (200, 201), answer.body
        data = answer.json["data"]
        return data[0] if isinstance(data, list) else data

    async def listed(self, **query: Any) -> list[dict[str, Any]]:
        return (await self.ask("GET", **query)).data["list"]

    async def log(self, **query: Any) -> list[dict[str, Any]]:
        answer = await self.api.get("/api/ops/log", as_user=self.user, query={"noun": self.noun["name"], **query})
        return answer.data["list"]

    @property
    def takes_sheets(self) -> bool:
        """Of the columns that its form has."""
        preview = DESCRIBED["paths"].get(f"{self.noun['path']}/import/preview", {}).get("post", {})
        return "ThingsPreviewShape" in json.dumps(preview)

    async def send_sheet(self, path: str, content: bytes) -> Answer:
        """A file, whatever it is."""
        headers = {"Content-Type": "application/octet-stream", "Accept-Language": "en"}
        return await self.api.ask("POST", self.noun["path"] + path, as_user=self.user, body=content, headers=headers)

    def sheet_of(self, *things: dict[str, Any]) -> bytes:
        """What forms would have sent, as a person writes it."""
        columns = dict.fromkeys(name for thing in things for name in thing)
        kinds = {name: told.get("x-kind") for name, told in schema_of(self.noun["add"])["properties"].items()}
        rows = [[_cell_of(kinds[name], thing[name]) if name in thing else "" for name in columns] for thing in things]
        text = io.StringIO()
        csv.writer(text).writerows([[*columns], *rows])
        return text.getvalue().encode()

    def path_of(self, thing: dict[str, Any]) -> str:
        return f"/{thing[self.noun['key']]}"

    def whole(self, thing: dict[str, Any], **about: Any) -> dict[str, Any]:
        """What a form sends that was filled from the thing."""
        names = schema_of(self.noun["change"])["properties"].keys() - {"revision", "reason"}
        return {**{name: thing[name] for name in names}, **about}


NAMED = {"mall.coupon-merges": ["mall.coupon-rules"], "mall.level-prices": ["mall.levels"]}  # by number 1


MOST_ADDED = 30  # of one noun, by one test


async def open_desk(api: Api, name: str) -> Desk:
    if name.startswith("groupbuy."):
        await make_furniture(api.application)
    if name in ("mall.goods", "mall.bargains", "mall.group-offers"):
        await api.application.services.mall.window.categories.add(CategoryTerms(name="杯具"))
    if name == "mall.articles":
        await api.application.services.mall.content.category_desk.add(ArticleCategoryTerms(name="新闻"))
    user = await make_user(api.application, "op", roles=[Role.ADMIN])
    await sign_in_with_second_factor(api, user)
    if name == "auctions.bidders":
        for number in range(MOST_ADDED):
            await make_user(api.application, f"bidder {number}")
    if name == "auctions.lots":
        await Desk(api, user, "auctions.groups").add()
    for needed in NAMED.get(name, ()):
        await Desk(api, user, needed).add()
    if name in ("mall.bargains", "mall.group-offers"):
        await Desk(api, user, "mall.goods").add()
    if name == "mall.courier-deliveries":
        made = await put_goods(api, user)
        await place(await sign_in(api), {"goodsId": made["id"]}, **TO_ME)
    return Desk(api, user, name)


def _cell_of(kind: str | None, value: Any) -> str:
    if kind == "money":
        return f"{value // 100}.{value % 100:02}"
    if isinstance(value, bool):
        return "是" if value else "否"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value)


def refused(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["error"]

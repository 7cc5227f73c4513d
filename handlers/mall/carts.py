"""购物车"""
from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from handlers.mall.failures.general import NothingThere
from handlers.mall.shapes import Yuan, absolute, yuan
from server.domain.errors import InvalidInput
from server.domain.mall.carts import KEY_CHARACTERS, MOST_PIECES, Cart, CartEntry, CartFull, CartRowMissing
from server.domain.mall.wares import Choice, GoodsMissing, OffShelf, OutOfStock, SpecMissing, Ware
from server.web.access import SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)

FAR = 99_999_999  # how far a shop delivers that sets no bounds
OWN_SHOP = "其他"  # the mall itself

SOLD = (GoodsMissing, SpecMissing, OffShelf, OutOfStock)

Number = Annotated[int, Meta(ge=1, le=MOST_PIECES)]
Id = Annotated[int, Meta(ge=1, le=LARGEST_ID)]
Key = Annotated[str, Meta(max_length=KEY_CHARACTERS, pattern=rf"^[0-9a-f]{{{KEY_CHARACTERS}}}$")]
Kind = Annotated[str, Meta(max_length=32, description="购物车类型")]
Json = Annotated[str, Meta(max_length=10_000)]


class SpecShape(Struct):
    optionId: int
    optionName: str
    optionValueId: int
    optionValueName: str


class OptionShape(Struct):
    id: int
    name: str
    pid: int
    pname: str
    price: Yuan


class CartItemShape(Struct, omit_defaults=True, kw_only=True):
    """`status` 1 is not on sale. `price` of one piece, with its options."""

    key: str
    goodsId: int
    number: int
    price: Yuan
    score: int
    pic: str
    name: str
    sku: list[SpecShape] | None = None
    additions: list[OptionShape] | None = None
    selected: bool
    stores: int
    status: int
    statusStr: str
    minBuyNumber: int
    categoryId: int
    shopId: int
    logisticsId: int
    weight: float

    @classmethod
    def of(cls, entry: CartEntry, origin: str) -> CartItemShape:
        row, ware = entry.row, entry.ware
        return cls(
            key=row.key,
            goodsId=ware.choice.goods_id,
            number=row.number,
            price=yuan(ware.unit_price),
            score=ware.points,
            pic=absolute(ware.picture, origin),
            name=ware.name,
            sku=specs_of(ware) or None,
            additions=[OptionShape(one.id, one.name, one.group_id, one.group_name, yuan(one.price)) for one in ware.options] or None,
            selected=entry.is_selected,
            stores=ware.left,
            status=0 if ware.is_on_sale else 1,
            statusStr="上架" if ware.is_on_sale else "下架",
            minBuyNumber=ware.minimum,
            categoryId=ware.category_id,
            shopId=ware.shop_id,
            logisticsId=ware.freight_id,
            weight=ware.weight_grams / 1000,
        )


def specs_of(ware: Ware) -> list[SpecShape]:
    pairs = zip(ware.choice.specs, ware.spec_names)
    return [SpecShape(property_id, name, value_id, value) for (property_id, value_id), (name, value) in pairs]


class CartShopShape(Struct):
    id: int
    name: str
    serviceDistance: float


class GoodsStatusShape(Struct):
    id: int
    stores: int
    status: int
    statusStr: str


class CartShape(Struct):
    """`number` counts all pieces, `price` and `score` what is selected."""

    number: int
    price: Yuan
    score: int
    items: list[CartItemShape]
    shopList: list[CartShopShape]
    goodsStatus: list[GoodsStatusShape]

    @classmethod
    def of(cls, cart: Cart, origin: str) -> CartShape:
        """Raises NothingThere of an empty one, with lists for clients that read them all the same."""
        if not cart.entries:
            raise NothingThere(EMPTY)
        items = [CartItemShape.of(entry, origin) for entry in cart.entries]
        shops = sorted({item.shopId for item in items})
        return cls(
            number=cart.number,
            price=yuan(cart.price),
            score=cart.points,
            items=items,
            shopList=[CartShopShape(shop, cart.shop_names.get(shop, OWN_SHOP), FAR) for shop in shops],
            goodsStatus=[GoodsStatusShape(item.goodsId, item.stores, item.status, item.statusStr) for item in items],
        )


EMPTY: dict[str, Any] = {"number": 0, "price": 0, "score": 0, "items": [], "shopList": [], "goodsStatus": []}


class CartQuery(Struct):
    type: Kind = ""


@routes.get("/shopping-cart/info", access=SIGNED_IN, raises=())
async def get_cart(call: Call, query: CartQuery) -> CartShape:
    """查看购物车

    What is sold out or not on sale is not selected."""
    return CartShape.of(await call.services.mall.ordering.carts.get_cart(call.caller.id, query.type), call.origin)


class Addition(Struct):
    goodsId: Id
    number: Number
    sku: Annotated[Json, Meta(description='[{"optionId": 1, "optionValueId": 2}]')] | None = None
    addition: Annotated[Json, Meta(description='[{"pid": 1, "id": 2}]')] | None = None
    type: Kind = ""

    def to_choice(self) -> Choice:
        """Raises InvalidInput."""
        specs = pairs_in(self.sku, "sku", "optionId", "optionValueId")
        return Choice(goods_id=self.goodsId, specs=specs, options=pairs_in(self.addition, "addition", "pid", "id"))


def pairs_in(text: str | None, field: str, first: str, second: str) -> tuple[tuple[int, int], ...]:
    """Of a JSON list of objects with two numbers each, in order. Raises InvalidInput, naming the field."""
    if text is None:
        return ()
    try:
        rows = msgspec.json.decode(text, type=list[dict[str, Any]])
        return tuple(sorted({(_number(row[first]), _number(row[second])) for row in rows}))
    except (msgspec.DecodeError, RecursionError, KeyError, ValueError):
        raise InvalidInput({field: ["wrong_form"]}) from None


def _number(value: Any) -> int:
    """Raises ValueError."""
    number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 16 else value
    if type(number) is not int or not 1 <= number <= LARGEST_ID:
        raise ValueError(value)
    return number


@routes.post("/shopping-cart/add", access=SIGNED_IN, raises=(*SOLD, CartFull))
async def add_to_cart(call: Call, body: Addition) -> CartShape:
    """加入购物车

    What is there already grows; fewer than are sold at once become so many."""
    cart = await call.services.mall.ordering.carts.add(call.caller.id, body.type, body.to_choice(), body.number)
    return CartShape.of(cart, call.origin)


class NumberChange(Struct):
    key: Key
    number: Number
    type: Kind = ""


@routes.post("/shopping-cart/modifyNumber", access=SIGNED_IN, raises=(*SOLD, CartRowMissing))
async def change_number(call: Call, body: NumberChange) -> CartShape:
    """修改购物车数量"""
    cart = await call.services.mall.ordering.carts.set_number(call.caller.id, body.type, body.key, body.number)
    return CartShape.of(cart, call.origin)


class Selection(Struct):
    key: Key
    selected: bool
    type: Kind = ""


@routes.post("/shopping-cart/select", access=SIGNED_IN, raises=(CartRowMissing,))
async def select_row(call: Call, body: Selection) -> CartShape:
    """勾选购物车商品"""
    cart = await call.services.mall.ordering.carts.select(call.caller.id, body.type, body.key, is_selected=body.selected)
    return CartShape.of(cart, call.origin)


class Removal(Struct):
    key: Annotated[str, Meta(max_length=10_000, description="多个用英文逗号隔开")]
    type: Kind = ""


@routes.post("/shopping-cart/remove", access=SIGNED_IN, raises=(CartRowMissing,))
async def remove_rows(call: Call, body: Removal) -> CartShape:
    """移除购物车商品

    700 when nothing is left."""
    cart = await call.services.mall.ordering.carts.remove(call.caller.id, body.type, body.key.split(","))
    return CartShape.of(cart, call.origin)

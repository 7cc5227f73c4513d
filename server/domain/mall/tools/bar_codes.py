"""Bar codes of products: what the mall's own goods and its staff know of them."""
from __future__ import annotations

from typing import Annotated, Protocol

from msgspec import Meta, Struct

from server.domain.errors import Conflict, InvalidInput, NotFound
from server.domain.mall.categories import Name, Picture, Text
from server.domain.mall.goods.goods import Goods
from server.domain.nouns import Noun, NounStore, NumberId, Revision, Rules, about

Line = Annotated[str, Meta(max_length=200)]
Fen = Annotated[int, Meta(ge=0, le=10**11)]


class BarCodeWrong(Conflict):
    """No product has such a code: its length or its check digit says so."""


class BarCodeUnknown(NotFound):
    """Nobody has told which product has that code."""


class ProductTerms(Struct, frozen=True, kw_only=True):
    """`price` is what its maker asks for it."""

    code: Annotated[Annotated[str, Meta(pattern=r"^[0-9]{8,14}$")], about("条码", "Bar code")]
    name: Annotated[Name, about("名称", "Name")]
    trademark: Annotated[Text, about("商标", "Trademark")] = ""
    spec: Annotated[Line, about("规格", "Spec")] = ""
    maker: Annotated[Line, about("厂商", "Maker")] = ""
    price: Annotated[Fen, about("参考价", "Price", "money")] = 0
    picture: Annotated[Picture, about("图片", "Picture", "picture")] = ""


class Product(ProductTerms, frozen=True, kw_only=True):
    id: NumberId
    revision: Revision = 0


PRODUCTS = Noun(
    area="mall",
    name="bar-codes",
    zh="商品条码",
    en="Bar codes",
    made=Product,
    terms=ProductTerms,
    searched=("code", "name", "maker"),
    sorted=("id", "code", "name"),
    filtered=("code",),
    order=("code", "id"),
)


class ReadCode(Struct, frozen=True):
    """`code` as the product bears it; `issuer`: which numbering organisation gave it out, empty if it is nobody's."""

    code: str
    issuer: str


class BarCodeReader(Protocol):
    """Knows which codes can be."""

    def read(self, text: str) -> ReadCode | None:
        """None if there can be no such code."""


class CodedGoods(Protocol):
    """The mall's goods."""

    async def list_all(self, *, bar_code: str, removed_at: None) -> list[Goods]: ...


class ProductRules(Rules[Product]):
    """Its code can be one."""

    def __init__(self, reader: BarCodeReader):
        self._reader = reader

    async def check(self, after: Product, before: Product | None) -> None:
        if self._reader.read(after.code) is None:
            raise InvalidInput({"code": ["wrong_form"]})


class ScannedProduct(Struct, frozen=True):
    """What is known of a code; `goods`: of the mall's own, `told`: by its staff. One of both is there."""

    code: ReadCode
    goods: Goods | None
    told: Product | None


class BarCodeService:
    """Looks codes up."""

    def __init__(self, reader: BarCodeReader, goods: CodedGoods, products: NounStore[Product]):
        self._reader = reader
        self._goods = goods
        self._products = products

    async def scan(self, text: str) -> ScannedProduct:
        """Raises BarCodeWrong and BarCodeUnknown."""
        code = self._reader.read(text)
        if code is None:
            raise BarCodeWrong()
        goods = await self._goods.list_all(bar_code=code.code, removed_at=None)
        told = await self._products.list_all("id", code=code.code)
        if not goods and not told:
            raise BarCodeUnknown("product")
        return ScannedProduct(code, goods[0] if goods else None, told[0] if told else None)

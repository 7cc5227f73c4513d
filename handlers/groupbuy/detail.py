"""团购商品详情: one offer, its shop, and what else sells well."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.groupbuy.shapes import (
    AreaShape,
    OfferDetailShape,
    OfferShape,
    PageSetShape,
    Yuan,
    by_id,
    first_page,
    yuan,
)
from server.domain.groupbuy.offers import LARGEST_NUMBER
from server.domain.groupbuy.shops import Contract, Shop
from server.web.call import Call


class DetailQuery(Struct):
    id: Annotated[int, Meta(ge=1, le=LARGEST_NUMBER)]


class CategoryNameShape(Struct):
    id: int
    name: str


class ContractShape(Struct):
    contract_id: int
    contract_type_id: int
    shop_id: int
    shop_name: str
    contract_type_name: str
    contract_state: int
    contract_use_state: int
    contract_cash: Yuan
    contract_log_id: int
    id: int

    @classmethod
    def of(cls, contract: Contract, shop: Shop) -> ContractShape:
        return cls(
            contract.id,
            contract.type_id,
            shop.id,
            shop.name,
            contract.type_name,
            contract.state,
            contract.use_state,
            yuan(contract.cash),
            contract.log_id,
            contract.id,
        )


class ShopShape(Struct):
    """Contracts that the shop keeps, under the document's spelling."""

    constract: dict[str, ContractShape]


class DetailShape(Struct):
    """`cat` is the way down to the offer's category, numbered from 1."""

    groupbuy_detail: OfferDetailShape
    cat: dict[str, CategoryNameShape]
    hot_groupbuy: PageSetShape[OfferShape]
    area: PageSetShape[AreaShape]
    shop: ShopShape


async def get_detail(call: Call, query: DetailQuery) -> DetailShape:
    """团购商品详情"""
    found = await call.services.groupbuy.catalogue.get_detail(query.id)
    now = call.services.clock.now()
    way = enumerate(found.categories, start=1)
    return DetailShape(
        OfferDetailShape.of(found.offer, now),
        {str(place): CategoryNameShape(category.id, category.name) for place, category in way},
        first_page(found.hot, OfferShape.at(now)),
        first_page(found.cities, AreaShape.of),
        ShopShape(_contracts(found.shop)),
    )


def _contracts(shop: Shop | None) -> dict[str, ContractShape]:
    if shop is None:
        return {}
    kept = (contract for contract in shop.contracts if contract.is_kept)
    return by_id(kept, lambda contract: ContractShape.of(contract, shop), lambda contract: contract.id)

"""Shops that sell offers, and what they promise their buyers."""
from __future__ import annotations

from typing import Annotated, Protocol

from msgspec import Meta, Struct

from server.domain.errors import InvalidInput, NotFound
from server.domain.groupbuy.marks import Uses
from server.domain.groupbuy.offers import LARGEST_PRICE, IdOrNone, Name
from server.domain.groupbuy.trees import InUse

MOST_CONTRACTS = 20

Deposit = Annotated[int, Meta(ge=0, le=LARGEST_PRICE)]
Flag = Annotated[int, Meta(ge=0, le=1)]


class ShopMissing(NotFound):
    """There is no such shop."""

    def __init__(self) -> None:
        super().__init__("shop")


class ContractTerms(Struct, frozen=True, kw_only=True):
    """A promise of a kind that the platform defines (`type_id`). `cash` is the deposit behind it, in fen."""

    type_id: IdOrNone
    type_name: Name
    state: Flag = 1  # 1: the platform accepts it
    use_state: Flag = 1  # 1: the shop takes part
    cash: Deposit = 0
    log_id: IdOrNone = 0


class Contract(ContractTerms, frozen=True, kw_only=True):
    id: int

    @property
    def is_kept(self) -> bool:
        """Whether buyers may rely on it now."""
        return self.state == 1 and self.use_state == 1


class Shop(Struct, frozen=True, kw_only=True):
    """A shop with its contracts in the order they are shown."""

    id: int
    name: Name
    contracts: tuple[Contract, ...] = ()


class ShopStore(Protocol):
    """Where shops are kept."""

    async def find_shop(self, shop_id: int) -> Shop | None: ...

    async def list_shops(self) -> list[Shop]:
        """By id."""

    async def save_shop(self, shop: Shop) -> None: ...

    async def remove_shop(self, shop_id: int) -> None: ...

    async def next_id(self) -> int: ...

    async def next_contract_ids(self, count: int) -> list[int]: ...


class ShopService:
    """Operators' work on shops."""

    def __init__(self, shops: ShopStore, uses: Uses):
        self._shops = shops
        self._uses = uses

    async def list_shops(self) -> list[Shop]:
        return await self._shops.list_shops()

    async def add_shop(self, name: str, contracts: list[ContractTerms]) -> Shop:
        """Raises InvalidInput for two contracts of one kind."""
        return await self._save(Shop(id=await self._shops.next_id(), name=name), contracts)

    async def change_shop(self, shop_id: int, name: str, contracts: list[ContractTerms]) -> Shop:
        """Contracts of a kind the shop had keep their ids; offers keep the name they were saved with.

        Raises ShopMissing, and InvalidInput for two contracts of one kind.
       """
        known = await self._shops.find_shop(shop_id)
        if known is None:
            raise ShopMissing()
        return await self._save(Shop(id=shop_id, name=name, contracts=known.contracts), contracts)

    async def remove_shop(self, shop_id: int) -> None:
        """Raises ShopMissing and InUse."""
        if await self._shops.find_shop(shop_id) is None:
            raise ShopMissing()
        if await self._uses.has_offers(shop_id=shop_id):
            raise InUse("offers")
        await self._shops.remove_shop(shop_id)

    async def _save(self, shop: Shop, terms: list[ContractTerms]) -> Shop:
        if len({one.type_id for one in terms}) < len(terms):
            raise InvalidInput({"contracts": ["repeated"]})
        known = {contract.type_id: contract.id for contract in shop.contracts}
        new = iter(await self._shops.next_contract_ids(sum(one.type_id not in known for one in terms)))
        contracts = tuple(_contract(known.get(one.type_id) or next(new), one) for one in terms)
        saved = Shop(id=shop.id, name=shop.name, contracts=contracts)
        await self._shops.save_shop(saved)
        return saved


def _contract(contract_id: int, terms: ContractTerms) -> Contract:
    return Contract(
        id=contract_id,
        type_id=terms.type_id,
        type_name=terms.type_name,
        state=terms.state,
        use_state=terms.use_state,
        cash=terms.cash,
        log_id=terms.log_id,
    )

"""Shops that sell offers, and what they promise their buyers."""
from __future__ import annotations

from typing import Annotated, Protocol

from msgspec import Meta, Struct
from msgspec.structs import asdict

from server.domain.errors import InvalidInput, NotFound
from server.domain.groupbuy.marks import Uses
from server.domain.groupbuy.offers import LARGEST_PRICE, IdOrNone, Name
from server.domain.nouns import InUse, Noun, NounStore, NumberId, Revision, Rules, about

MOST_CONTRACTS = 20

Deposit = Annotated[int, Meta(ge=0, le=LARGEST_PRICE)]
Flag = Annotated[int, Meta(ge=0, le=1)]
YES_NO = {1: ("是", "Yes"), 0: ("否", "No")}


class ShopMissing(NotFound):
    """There is no such shop."""

    def __init__(self) -> None:
        super().__init__("shop")


class ContractTerms(Struct, frozen=True, kw_only=True):
    """A promise of a kind that the platform defines (`type_id`). `cash` is the deposit behind it, in fen."""

    type_id: Annotated[IdOrNone, about("承诺类型", "Type")]
    type_name: Annotated[Name, about("承诺名称", "Name")]
    state: Annotated[Flag, about("平台认可", "Accepted by the platform", labels=YES_NO)] = 1
    use_state: Annotated[Flag, about("店铺参加", "Taken part in by the shop", labels=YES_NO)] = 1
    cash: Annotated[Deposit, about("保证金", "Deposit", "money")] = 0
    log_id: Annotated[IdOrNone, about("日志编号", "Log id")] = 0


class Contract(ContractTerms, frozen=True, kw_only=True):
    id: NumberId

    @property
    def is_kept(self) -> bool:
        """Whether buyers may rely on it now."""
        return self.state == 1 and self.use_state == 1


class ShopTerms(Struct, frozen=True, kw_only=True):
    """`contracts` in the order they are shown. Those of a kind the shop has keep their ids; offers keep the name they were saved with."""

    name: Annotated[Name, about("名称", "Name")]
    contracts: Annotated[tuple[ContractTerms, ...], Meta(max_length=MOST_CONTRACTS), about("消费者保障", "Promises")] = ()


class Shop(Struct, frozen=True, kw_only=True):
    """A shop with its contracts in the order they are shown."""

    id: NumberId
    name: Annotated[Name, about("名称", "Name")]
    contracts: Annotated[tuple[Contract, ...], about("消费者保障", "Promises")] = ()
    revision: Revision = 0


SHOPS = Noun(area="groupbuy", name="shops", zh="店铺", en="Shops", made=Shop, terms=ShopTerms)


class ShopStore(NounStore[Shop], Protocol):
    """Where shops are kept."""

    async def next_contract_ids(self, count: int) -> list[int]: ...


class ShopRules(Rules[Shop]):
    """One contract of a kind; a shop that offers name stays."""

    def __init__(self, shops: ShopStore, uses: Uses):
        self._shops = shops
        self._uses = uses

    async def make(self, noun: Noun[Shop], id: int, terms: ShopTerms, before: Shop | None) -> Shop:
        if len({one.type_id for one in terms.contracts}) < len(terms.contracts):
            raise InvalidInput({"contracts": ["repeated"]})
        known = {contract.type_id: contract.id for contract in (before.contracts if before else ())}
        new = iter(await self._shops.next_contract_ids(sum(one.type_id not in known for one in terms.contracts)))
        contracts = tuple(Contract(**{**asdict(one), "id": known.get(one.type_id) or next(new)}) for one in terms.contracts)
        return Shop(id=id, name=terms.name, contracts=contracts, revision=before.revision + 1 if before else 1)

    async def check_unused(self, made: Shop) -> None:
        if await self._uses.has_offers(shop_id=made.id):
            raise InUse("offers")

"""The part of the mall that helps its clients with small things, and its gate for merchants."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from server.composition.area import Area
from server.composition.ground import Ground
from server.config import GateSettings
from server.domain.mall.furniture import Furniture
from server.domain.mall.gate.identities import IdentityQuestions
from server.domain.mall.gate.merchants import GateKeeper, MerchantDesk, QuestionCounts
from server.domain.mall.gate.messages import MESSAGE_TEMPLATES, SandboxTexts, TextService
from server.domain.mall.gate.parcels import NoTracker, ParcelTracker
from server.domain.mall.tools.bar_codes import PRODUCTS, BarCodeService, CodedGoods, ProductRules
from server.domain.mall.tools.json_rows import JSON_ROWS, JsonRowService
from server.domain.mall.tools.segments import SegmentService
from server.domain.mall.tools.short_links import LINK_HOSTS, SHORT_LINKS, ShortLinkService
from server.domain.mall.tools.trade_days import TradeDays
from server.domain.mall.tools.unique_ids import UniqueIdService
from server.domain.mall.verification import VerificationService
from server.domain.mall.wallet.identities import IdentityGate
from server.domain.nouns import NounService
from server.outside.bar_codes import GtinReader
from server.outside.express import Kdniao
from server.outside.holidays import ChineseHolidays
from server.outside.identity_numbers import ChineseIdentityNumbers
from server.outside.mobile_segments import PhonenumbersSegments
from server.outside.tencent_map import NoMap, TencentMap
from server.outside.text_gateway import TextGateway
from server.services import GateServices, ToolServices
from server.storage.mall.tools import ToolStores


@dataclass(frozen=True)
class Tools(Area):
    """The services; who is asked outside is let go of at the end. `tracker`: who asks carriers for parcels, if anybody does."""

    services: ToolServices
    tracker: ParcelTracker | None
    closing: tuple[Callable[[], None], ...]

    async def stop(self) -> None:
        for close in self.closing:
            close()


def build_tools(
    stores: ToolStores,
    goods: CodedGoods,
    verification: VerificationService,
    identities: IdentityGate,
    counts: QuestionCounts,
    ground: Ground,
) -> Tools:
    """Nothing has to be started. `goods` are the mall's own, which have bar codes too."""
    clock, settings = ground.clock, ground.config.gate
    hosts, merchants = Furniture(stores.link_hosts, "host"), Furniture(stores.merchants)
    templates, reader = Furniture(stores.message_templates), GtinReader()
    place_map, tracker, texts = _map(settings), _tracker(settings), _texts(settings)
    closing = tuple(one.close for one in (place_map, tracker, texts) if one is not None)
    sender = texts or SandboxTexts(is_production=ground.config.is_production)
    services = ToolServices(
        json_rows=JsonRowService(stores.json_rows, clock),
        unique_ids=UniqueIdService(stores.unique_ids),
        short_links=ShortLinkService(stores.short_links, hosts, clock),
        segments=SegmentService(PhonenumbersSegments()),
        bar_codes=BarCodeService(reader, goods, stores.products),
        places=place_map or NoMap(),
        trade_days=TradeDays(ChineseHolidays()),
        gate=GateServices(
            keeper=GateKeeper(merchants, counts, clock),
            parcels=tracker or NoTracker(),
            texts=TextService(templates, verification, sender),
            identities=IdentityQuestions(ChineseIdentityNumbers(), identities),
            merchant_desk=MerchantDesk(stores.merchants, merchants, clock),
            template_desk=NounService(MESSAGE_TEMPLATES, stores.message_templates, clock, templates.rules()),
        ),
        json_row_desk=NounService(JSON_ROWS, stores.json_rows, clock),
        link_host_desk=NounService(LINK_HOSTS, stores.link_hosts, clock, hosts.rules()),
        short_link_desk=NounService(SHORT_LINKS, stores.short_links, clock),
        product_desk=NounService(PRODUCTS, stores.products, clock, ProductRules(reader)),
    )
    return Tools(services, tracker, closing)


def _map(settings: GateSettings) -> TencentMap | None:
    return TencentMap(settings.map_key, settings.map_base) if settings.map_key else None


def _tracker(settings: GateSettings) -> Kdniao | None:
    return Kdniao(settings.express_id, settings.express_key, settings.express_url) if settings.express_id else None


def _texts(settings: GateSettings) -> TextGateway | None:
    return TextGateway(settings.texts_url, settings.texts_secret) if settings.texts_url else None

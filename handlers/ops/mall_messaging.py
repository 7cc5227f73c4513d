"""What the mall has sent by WeChat."""
from __future__ import annotations

from handlers.ops.nouns import noun_routes
from server.domain.mall.messaging.messages import MESSAGES
from server.web.access import SHOP_STAFF
from server.web.routing import Chapter

CHAPTERS = (
    Chapter("模板消息", noun_routes(MESSAGES, lambda services: services.mall.messaging.message_desk, changes=SHOP_STAFF)),
)

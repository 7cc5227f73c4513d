"""The staff's management of what members do beside buying."""
from __future__ import annotations

from handlers.ops.nouns import noun_routes
from server.domain.mall.community.activities import ACTIVITIES
from server.domain.mall.community.booking_desk import BOOKINGS
from server.domain.mall.community.polls import BALLOTS, POLLS
from server.domain.mall.community.queues import QUEUES, TICKETS
from server.web.access import SHOP_STAFF
from server.web.routing import Chapter

CHAPTERS = (
    Chapter("预约活动", noun_routes(ACTIVITIES, lambda services: services.mall.community.activity_desk, changes=SHOP_STAFF)),
    Chapter("报名记录", noun_routes(BOOKINGS, lambda services: services.mall.community.booking_desk, changes=SHOP_STAFF)),
    Chapter("排队队列", noun_routes(QUEUES, lambda services: services.mall.community.queue_desk, changes=SHOP_STAFF)),
    Chapter("排队号", noun_routes(TICKETS, lambda services: services.mall.community.ticket_desk, changes=SHOP_STAFF)),
    Chapter("投票", noun_routes(POLLS, lambda services: services.mall.community.poll_desk, changes=SHOP_STAFF)),
    Chapter("投票记录", noun_routes(BALLOTS, lambda services: services.mall.community.ballot_desk, changes=SHOP_STAFF)),
)

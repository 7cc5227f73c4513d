"""Health, for load balancers."""
from __future__ import annotations

import msgspec

from server.web.access import ANYONE
from server.web.call import Call
from server.web.replies import Raw
from server.web.routing import Routes

routes = Routes()


@routes.get("/livez", access=ANYONE)
async def is_alive(call: Call) -> Raw:
    """200 while the process runs its loop."""
    return Raw(b'{"status":"alive"}', "application/json")


@routes.get("/readyz", access=ANYONE)
async def is_ready(call: Call) -> Raw:
    """200 when requests may be sent here, 503 while the database is away or the process drains."""
    health = call.services.health.check()
    return Raw(msgspec.json.encode(health), "application/json", 200 if health.is_ready else 503)

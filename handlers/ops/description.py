"""The API's own descriptions, for people's tools and for the page /docs."""
from __future__ import annotations

from server.web.access import ANYONE
from server.web.call import Call
from server.web.replies import Raw
from server.web.routing import Routes

routes = Routes()

KEPT_SECONDS = 60  # changes with a release only


@routes.get("/openapi.json", access=ANYONE)
async def describe_api(call: Call) -> Raw:
    """This description (OpenAPI 3.1)."""
    return Raw(call.services.render_description(), "application/json", max_age_seconds=KEPT_SECONDS)


@routes.get("/asyncapi.json", access=ANYONE)
async def describe_live_channel(call: Call) -> Raw:
    """The live channel's description (AsyncAPI 3.0)."""
    return Raw(call.services.render_live_description(), "application/json", max_age_seconds=KEPT_SECONDS)

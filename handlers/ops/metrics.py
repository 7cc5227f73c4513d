"""This process's numbers, where no port of their own is set."""
from __future__ import annotations

from server.web.access import OPERATOR
from server.web.call import Call
from server.web.replies import Raw
from server.web.routing import Routes

routes = Routes()


@routes.get("/metrics", access=OPERATOR)
async def read_metrics(call: Call) -> Raw:
    """The numbers of the worker that answers, in Prometheus's text format. Series carry the worker's number."""
    return Raw(call.services.render_metrics(), "text/plain; version=0.0.4; charset=utf-8")

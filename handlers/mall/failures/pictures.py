"""What can go wrong with pictures and codes."""
from __future__ import annotations

from server.domain.mall.qr_codes import PageNotPublished
from server.web.dialect import Failure

ERRORS: dict[type[Exception], Failure] = {
    PageNotPublished: Failure(200, "41030", "小程序页面尚未发布", "The page is not published yet"),
}

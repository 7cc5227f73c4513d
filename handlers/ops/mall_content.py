"""The staff's work on what is read: articles, pages, comments, partners."""
from __future__ import annotations

from handlers.ops.nouns import noun_routes
from server.domain.mall.content.articles import ARTICLES
from server.domain.mall.content.categories import ARTICLE_CATEGORIES
from server.domain.mall.content.comments import COMMENTS
from server.domain.mall.content.pages import SHOP_PAGES
from server.domain.mall.content.partners import PARTNERS
from server.web.access import SHOP_STAFF
from server.web.routing import Chapter

CHAPTERS = (
    Chapter("文章", noun_routes(ARTICLES, lambda services: services.mall.content.article_desk, changes=SHOP_STAFF)),
    Chapter("文章分类", noun_routes(ARTICLE_CATEGORIES, lambda services: services.mall.content.category_desk, changes=SHOP_STAFF)),
    Chapter("单页", noun_routes(SHOP_PAGES, lambda services: services.mall.content.page_desk, changes=SHOP_STAFF)),
    Chapter("留言评论", noun_routes(COMMENTS, lambda services: services.mall.content.comments, changes=SHOP_STAFF)),
    Chapter("友情链接", noun_routes(PARTNERS, lambda services: services.mall.content.partner_desk, changes=SHOP_STAFF)),
)

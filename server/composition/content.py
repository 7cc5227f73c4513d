"""The part of the mall that is read: articles, pages, comments, partners."""
from __future__ import annotations

import contextlib
from dataclasses import dataclass

from server.composition.area import Area
from server.composition.ground import Ground
from server.domain.accounts.users import UserStore
from server.domain.errors import Unavailable
from server.domain.mall.content.articles import ARTICLES, ArticleDesk, ArticleRules, ArticleService
from server.domain.mall.content.categories import ARTICLE_CATEGORIES, ArticleCategoryRules
from server.domain.mall.content.comments import CommentDesk
from server.domain.mall.content.favourites import ArticleFavouriteService
from server.domain.mall.content.pages import SHOP_PAGES, ShopPageRules, ShopPageService
from server.domain.mall.content.partners import PARTNERS, PartnerRules
from server.domain.mall.content.votes import ArticleVoteService
from server.domain.mall.furniture import Furniture
from server.domain.mall.html import HtmlCleaner
from server.domain.mall.views import WRITE_SECONDS, Views
from server.domain.nouns import NounService
from server.domain.rounds import Rounds
from server.services import ContentServices
from server.storage.mall.content import ContentStores


@dataclass(frozen=True)
class Content(Area):
    """The services; views are written now and then."""

    services: ContentServices
    views: Views
    counting: Rounds

    async def start(self) -> None:
        self.counting.start()

    async def stop(self) -> None:
        await self.counting.stop()
        with contextlib.suppress(Unavailable):
            await self.views.write()


def build_content(stores: ContentStores, users: UserStore, cleaner: HtmlCleaner, ground: Ground) -> Content:
    """Not yet started."""
    clock, transactions = ground.clock, ground.transactions
    views = Views(stores.articles)
    categories, pages = Furniture(stores.categories, "parent_id", "sort"), Furniture(stores.pages)
    partners = Furniture(stores.partners, "sort")
    rules = ArticleRules(categories, cleaner, clock)
    articles = ArticleService(stores.articles, categories, rules, views)
    services = ContentServices(
        articles=articles,
        favourites=ArticleFavouriteService(stores.favourites, articles, stores.articles, transactions, clock),
        votes=ArticleVoteService(stores.votes, articles, users, transactions, clock),
        pages=ShopPageService(pages),
        comments=CommentDesk(stores.comments, articles, users, clock),
        partners=partners,
        article_desk=ArticleDesk(ARTICLES, stores.articles, clock, rules),
        category_desk=NounService(
            ARTICLE_CATEGORIES, stores.categories, clock, ArticleCategoryRules(stores.categories, stores.articles, categories)
        ),
        page_desk=NounService(SHOP_PAGES, stores.pages, clock, ShopPageRules(stores.pages, pages, cleaner, clock)),
        partner_desk=NounService(PARTNERS, stores.partners, clock, PartnerRules(partners, clock)),
    )
    return Content(services, views, Rounds("counting views of articles", views.write, WRITE_SECONDS))

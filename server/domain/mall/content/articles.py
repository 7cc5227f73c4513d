"""Articles: what the staff writes and members send in; shown once the staff has approved it."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum
from typing import Annotated, Protocol

from msgspec import Meta, Struct
from msgspec.structs import replace

from server.domain.changes import Cause
from server.domain.clock import Clock
from server.domain.errors import Conflict, InvalidInput, NotFound
from server.domain.mall.categories import Sort, Text
from server.domain.mall.content.categories import ArticleCategory
from server.domain.mall.furniture import Furniture
from server.domain.mall.goods.goods import Label
from server.domain.mall.html import HtmlCleaner, with_clean_html
from server.domain.mall.trees import branches
from server.domain.mall.views import Views
from server.domain.nouns import (
    Action,
    ChangedMeanwhile,
    Id,
    Noun,
    NounService,
    NounStore,
    NumberId,
    Revision,
    Rules,
    about,
)
from server.domain.paging import Page, PageQuery

MOST_TAGS_CHARACTERS = 200  # of all tags of an article, as the document counts them
MOST_PICTURE_CHARACTERS = 200
STAFF = 0  # who writes for the mall itself

Title = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]
Line = Annotated[str, Meta(max_length=200)]
Summary = Annotated[str, Meta(max_length=1000)]
Content = Annotated[str, Meta(max_length=200_000)]
Picture = Annotated[str, Meta(max_length=512)]
Tag = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^,，]*\S[^,，]*$")]
CategoryId = Annotated[int, Meta(ge=1, le=2**53 - 1)]


class ArticleMissing(NotFound):
    """There is no such article, or the reader may not see it."""


class ArticleCategoryMissing(NotFound):
    """There is no such category of articles."""


class TagsTooLong(Conflict):
    """The tags of an article are longer than they may be together."""


class PictureAddressTooLong(Conflict):
    """The address of an article's picture is longer than it may be."""


class ArticleState(int, Enum):
    """As the document numbers them."""

    WAITING = 0
    REFUSED = 1
    SHOWN = 2


STATE_LABELS = {
    ArticleState.WAITING: ("待审核", "Waits for approval"),
    ArticleState.REFUSED: ("审核不通过", "Refused"),
    ArticleState.SHOWN: ("审核通过", "Shown"),
}


class ArticleOrder(str, Enum):
    """The document's words for the orders of a list; the more views or votes the further up for the last ones."""

    NEWER = "newer"
    OLDER = "older"
    VIEWS_RISING = "viewUp"
    VIEWS_FALLING = "viewDown"
    USEFUL = "useful"


class ArticleWords(Struct, frozen=True, kw_only=True):
    """What whoever writes an article decides."""

    title: Annotated[Title, about("标题", "Title")]
    category_id: Annotated[CategoryId, about("分类", "Category", refers_to="mall.article-categories")]
    summary: Annotated[Summary, about("摘要", "Summary", "long_text")] = ""
    content: Annotated[Content, about("内容", "Content", "html")] = ""
    picture: Annotated[Picture, about("封面", "Picture", "picture")] = ""
    author: Annotated[Text, about("作者", "Author")] = ""
    source: Annotated[Line, about("来源", "Source")] = ""
    keywords: Annotated[Line, about("关键词", "Keywords")] = ""
    tags: Annotated[Annotated[tuple[Tag, ...], Meta(max_length=20)], about("标签", "Tags")] = ()
    sort: Annotated[Sort, about("排序", "Order")] = 0
    labels: Annotated[tuple[Label, ...], about("扩展属性", "Labels")] = ()


class ArticleTerms(ArticleWords, frozen=True, kw_only=True):
    is_recommended: Annotated[bool, about("推荐", "Recommended")] = False
    state: Annotated[ArticleState, about("状态", "State", labels=STATE_LABELS)] = ArticleState.SHOWN


class Article(ArticleTerms, frozen=True, kw_only=True):
    """`user_id` is 0 for what the staff wrote. Views and votes are counted beside."""

    id: NumberId
    revision: Revision = 0
    user_id: Annotated[int, about("投稿用户", "Sent in by")] = STAFF
    added_at: Annotated[datetime, about("发布时间", "Added at")]
    changed_at: Annotated[datetime, about("修改时间", "Changed at")]
    views: Annotated[int, about("浏览", "Views")] = 0
    useful: Annotated[int, about("有用", "Useful")] = 0
    useless: Annotated[int, about("无用", "Not useful")] = 0
    favourites: Annotated[int, about("收藏", "Favourites")] = 0


class ArticleQuestion(Struct, frozen=True, kw_only=True):
    """Which articles that are shown; None and nothing ask for any."""

    id: int | None = None
    category_ids: frozenset[int] = frozenset()  # with all below them
    is_recommended: bool | None = None
    title_part: str = ""
    keyword_part: str = ""
    tag_part: str = ""
    added_from: datetime | None = None
    added_until: datetime | None = None
    changed_from: datetime | None = None
    changed_until: datetime | None = None
    order: ArticleOrder | None = None  # by their place, then the newest


class ArticleStore(NounStore[Article], Protocol):
    """Where articles are kept."""

    async def page_shown(self, question: ArticleQuestion, page: PageQuery) -> Page[Article]:
        """Without their content."""

    async def find_shown(self, ids: Iterable[int]) -> dict[int, Article]:
        """By their ids, without their content."""

    async def find_neighbours(self, article: Article) -> tuple[Article | None, Article | None]:
        """The last one before it and the first one after it that its category shows, without their content."""

    async def count_tags(self) -> Mapping[str, int]:
        """Of what is shown: how many articles have each."""

    async def number_tags(self, names: Iterable[str]) -> Mapping[str, int]:
        """A number for each, which it keeps."""

    async def tell(self, id: int, /, *, views: int) -> None: ...


class TagCount(Struct, frozen=True):
    """A tag and how many articles have it."""

    id: int
    name: str
    number: int


class ArticleRules(Rules[Article]):
    """Articles stand in a category that is there; their content is clean."""

    def __init__(self, categories: Furniture[ArticleCategory], cleaner: HtmlCleaner, clock: Clock):
        self._categories = categories
        self._cleaner = cleaner
        self._clock = clock

    async def make(self, noun: Noun[Article], id: int, terms: ArticleTerms, before: Article | None) -> Article:
        if all(one.id != terms.category_id for one in await self._categories.list_all()):
            raise InvalidInput({"category_id": ["unknown"]})
        clean = await with_clean_html(terms, self._cleaner)
        values = {name: getattr(clean, name) for name in ArticleTerms.__struct_fields__}
        now = self._clock.now()
        if before is None:
            return Article(**values, id=id, revision=1, added_at=now, changed_at=now)
        return replace(before, **values, revision=before.revision + 1, changed_at=now)


class ArticleDesk(NounService[Article]):
    """The staff's work on articles."""

    async def approve(self, id: Id, cause: Cause) -> Article:
        return await self.become(id, "approve", cause, state=ArticleState.SHOWN)

    async def refuse(self, id: Id, cause: Cause) -> Article:
        return await self.become(id, "refuse", cause, state=ArticleState.REFUSED)


ARTICLES = Noun(
    area="mall",
    name="articles",
    zh="文章",
    en="Articles",
    made=Article,
    terms=ArticleTerms,
    label="title",
    searched=("title", "keywords", "tags", "author"),
    sorted=("id", "title", "sort", "views", "useful", "added_at", "changed_at"),
    filtered=("category_id", "state", "is_recommended", "user_id"),
    order=("-id",),
    actions=(
        Action("approve", "通过", "Approve", ArticleDesk.approve),
        Action("refuse", "不通过", "Refuse", ArticleDesk.refuse, needs_reason=True),
    ),
)


class ArticleService:
    """What readers find, and what members send in. What is theirs waits for the staff whenever it is changed."""

    def __init__(self, articles: ArticleStore, categories: Furniture[ArticleCategory], rules: ArticleRules, views: Views):
        self._articles = articles
        self._categories = categories
        self._rules = rules
        self._views = views

    async def list_categories(self) -> list[ArticleCategory]:
        """Those in use, flat, parents before children."""
        return [one for one in await self._categories.list_all() if one.is_used]

    @property
    def categories_version(self) -> object | None:
        """The same object while no category has changed; None where that is not known at this moment."""
        return self._categories.version

    async def get_category(self, category_id: int) -> ArticleCategory:
        """Raises ArticleCategoryMissing."""
        found = next((one for one in await self.list_categories() if one.id == category_id), None)
        if found is None:
            raise ArticleCategoryMissing("category")
        return found

    async def find_category(self, category_id: int) -> ArticleCategory | None:
        return next((one for one in await self.list_categories() if one.id == category_id), None)

    async def page(self, question: ArticleQuestion, page: PageQuery) -> Page[Article]:
        """Those that are shown, without their content."""
        if question.category_ids:
            parents = {one.id: one.parent_id for one in await self._categories.list_all()}
            question = replace(question, category_ids=branches(parents, question.category_ids))
        return await self._articles.page_shown(question, page)

    async def read(self, article_id: int, reader_id: int | None) -> Article:
        """One that is shown, or the reader's own; it counts as viewed. Raises ArticleMissing."""
        found = await self._articles.find(article_id)
        if found is None or found.state is not ArticleState.SHOWN and found.user_id != reader_id:
            raise ArticleMissing("article")
        self._views.note(article_id)
        return found

    async def get_shown(self, article_id: int) -> Article:
        """Raises ArticleMissing."""
        found = await self._articles.find(article_id)
        if found is None or found.state is not ArticleState.SHOWN:
            raise ArticleMissing("article")
        return found

    async def find_neighbours(self, article_id: int) -> tuple[Article | None, Article | None]:
        """In its category. Raises ArticleMissing."""
        return await self._articles.find_neighbours(await self.get_shown(article_id))

    async def list_tags(self) -> list[TagCount]:
        """Those that most articles have first."""
        counts = await self._articles.count_tags()
        numbers = await self._articles.number_tags(counts)
        tags = [TagCount(numbers[name], name, number) for name, number in counts.items()]
        return sorted(tags, key=lambda tag: (-tag.number, tag.id))

    # ---- what members send in

    async def put(self, user_id: int, words: ArticleWords, article_id: int | None) -> Article:
        """A new one, or another text of their own.

        Raises ArticleMissing, ArticleCategoryMissing, TagsTooLong, PictureAddressTooLong, ChangedMeanwhile and Unavailable.
        """
        await self.get_category(words.category_id)
        if len(",".join(words.tags)) > MOST_TAGS_CHARACTERS:
            raise TagsTooLong()
        if len(words.picture) > MOST_PICTURE_CHARACTERS:
            raise PictureAddressTooLong()
        terms = ArticleTerms(**{name: getattr(words, name) for name in words.__struct_fields__}, state=ArticleState.WAITING)
        if article_id is None:
            made = await self._rules.make(ARTICLES, await self._articles.next_id(), terms, None)
            own = replace(made, user_id=user_id)
            await self._articles.add(own)
            return own
        before = await self._get_own(user_id, article_id)
        after = await self._rules.make(ARTICLES, article_id, replace(terms, is_recommended=before.is_recommended), before)
        if not await self._articles.save(before, after):
            raise ChangedMeanwhile()
        return after

    async def remove(self, user_id: int, article_id: int) -> None:
        """Their own. Raises ArticleMissing and ChangedMeanwhile."""
        if not await self._articles.remove(await self._get_own(user_id, article_id)):
            raise ChangedMeanwhile()

    async def _get_own(self, user_id: int, article_id: int) -> Article:
        found = await self._articles.find(article_id)
        if found is None or found.user_id != user_id:
            raise ArticleMissing("article")
        return found

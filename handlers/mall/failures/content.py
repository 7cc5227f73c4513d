"""What can go wrong with what is read."""
from __future__ import annotations

from server.domain.mall.content.articles import (
    ArticleCategoryMissing,
    ArticleMissing,
    PictureAddressTooLong,
    TagsTooLong,
)
from server.domain.mall.content.comments import CommentMissing, CommentTooLong
from server.domain.mall.content.pages import ShopPageMissing
from server.domain.mall.content.votes import NoVote
from server.web.dialect import Failure

ERRORS: dict[type[Exception], Failure] = {
    ArticleMissing: Failure(200, "700", "文章不存在", "There is no such article"),
    ArticleCategoryMissing: Failure(200, "700", "分类不存在", "There is no such category"),
    ShopPageMissing: Failure(200, "700", "页面不存在", "There is no such page"),
    NoVote: Failure(200, "700", "还没有操作过", "Nothing was said of it"),
    TagsTooLong: Failure(200, "10000", "标签不能超过200个字", "The tags may have 200 characters at most"),
    PictureAddressTooLong: Failure(200, "10001", "图片地址不能超过200个字", "A picture's address may have 200 characters at most"),
    CommentTooLong: Failure(200, "10000", "评论内容不能超过1000字符", "A comment may have 1000 characters at most"),
    CommentMissing: Failure(200, "700", "引用的留言不存在", "There is no such comment to answer"),
}

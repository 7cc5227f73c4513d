"""What is read, by the SDK's functions; put there as the staff does it."""
from __future__ import annotations

from tests.api import Api
from tests.handlers.mall.ordering import act, hire
from tests.handlers.mall.test_content import put_article
from tests.handlers.mall.test_window import put
from tests.mini_program.sdk import Sdk
from tests.mini_program.test_window import sign_in


async def test_articles_are_read_and_sent_in(sdk: Sdk, api: Api) -> None:
    operator, alice = await hire(api), await sign_in(sdk, api)
    category = await put(api, operator, "article-categories", name="新闻", kind="index", icon="https://pictures.example/1.png")
    made = [
        await put_article(api, operator, title=title, category_id=category["id"], tags=["公告"], picture="https://pictures.example/1.png")
        for title in ("开业", "春拍")
    ]
    assert [one["type"] for one in await sdk.data_of("cmsCategories")] == ["index"]
    assert (await sdk.data_of("cmsCategoryDetail", category["id"]))["info"]["name"] == "新闻"
    assert [one["id"] for one in await sdk.data_of("cmsArticles", categoryId=category["id"])] == [made[1]["id"], made[0]["id"]]
    for function in ("cmsArticlesV2", "cmsArticlesV3"):
        assert (await sdk.data_of(function, categoryId=""))["totalRow"] == 2
    assert (await sdk.data_of("cmsArticleDetail", made[0]["id"]))["title"] == "开业"
    assert (await sdk.data_of("cmsArticleDetailV2", made[0]["id"]))["info"]["content"] == "<p>欢迎</p>"
    assert (await sdk.data_of("cmsArticleDetailV3", id=made[0]["id"]))["category"]["id"] == category["id"]
    for function in ("cmsArticlePreNext", "cmsArticlePreNextV2"):
        assert (await sdk.data_of(function, made[0]["id"]))["next"]["id"] == made[1]["id"]
    assert [one["number"] for one in await sdk.data_of("cmsTags")] == [2]
    mine = {"token": alice.token, "categoryId": category["id"], "title": "我的", "descript": "摘要", "content": "<p>文</p>"}
    sent = [await sdk.data_of(function, **mine) for function in ("cmsArticleCreate", "cmsArticleCreateV2")]
    for function, one in zip(("cmsArticleDelete", "cmsArticleDeleteV2"), sent):
        await sdk.data_of(function, alice.token, one["id"])
    id = made[0]["id"]
    assert (await sdk.call("cmsArticleFavCheck", alice.token, id))["code"] == -1
    await sdk.data_of("cmsArticleFavPut", alice.token, id)
    await sdk.data_of("cmsArticleFavCheck", alice.token, id)
    [row] = await sdk.data_of("cmsArticleFavList", token=alice.token)
    await sdk.data_of("cmsArticleFavDeleteById", alice.token, row["id"])
    await sdk.data_of("cmsArticleFavPut", alice.token, id)
    await sdk.data_of("cmsArticleFavDeleteByNewsId", alice.token, id)
    assert (await sdk.call("cmsArticleFavList", token=alice.token))["code"] == 700
    await sdk.data_of("cmsArticleUseless", token=alice.token, id=id, isUseful=True)
    assert (await sdk.data_of("cmsArticleUsefulLogs", id=id))["result"][0]["isUseful"] is True


async def test_pages_comments_and_partners(sdk: Sdk, api: Api) -> None:
    operator, alice = await hire(api), await sign_in(sdk, api)
    await put(api, operator, "pages", key="aboutus", title="关于", content="<p>我们</p>")
    assert (await sdk.data_of("cmsPage", "aboutus"))["info"]["title"] == "关于"
    assert (await sdk.call("cmsPage", "nope"))["code"] == 700
    said = await sdk.data_of("addComment", token=alice.token, type=0, content="你好", extJsonStr='{"姓名":"爱"}')
    await act(api, operator, "comments", said["id"], "answer", text="好")
    assert [one["reply"] for one in await sdk.data_of("commentList", type=0)] == ["好"]
    await put(api, operator, "partners", name="学会", link="https://friends.example")
    for function, given in (("friendlyPartnerList", ("",)), ("friendlyPartnerListV2", ({},))):
        assert [one["name"] for one in await sdk.data_of(function, *given)] == ["学会"]

"""Articles, pages, comments and partners over HTTP: what the staff shows, what members send in, and who may read what."""
from __future__ import annotations

import asyncio
from typing import Any

from server.domain.accounts.users import User
from server.domain.mall.content.audit import ContentAudit
from tests.api import Api
from tests.handlers.mall.ordering import OPS, act, hire
from tests.handlers.mall.test_window import EMPTY, put, put_goods
from tests.mall import Shopper, data_of, sign_in

HOSTILE = (
    '<p onclick="steal()" style="color: red; position: fixed">一<script>steal()</script><a href="javascript:steal()">二</a>'
    '<iframe src="https://evil.example"></iframe><img src="/pictures/1.png" onerror="steal()">'
    '<svg><a xlink:href="javascript:x">三</a></svg></p>'
)


async def put_article(api: Api, operator: User, **about: Any) -> Any:
    if "category_id" not in about:
        about["category_id"] = (await put(api, operator, "article-categories", name="新闻"))["id"]
    return await put(api, operator, "articles", **{"title": "开业", "content": "<p>欢迎</p>", **about})


async def titles(shopper: Shopper, **asked: Any) -> list[str]:
    answer = await shopper.post("/cms/news/list/v2", **asked)
    return [] if answer == EMPTY else [row["title"] for row in data_of(answer)["result"]]


async def test_articles_are_found_by_category_words_and_time(api: Api) -> None:
    operator, guest = await hire(api), Shopper(api)
    assert await guest.get("/cms/category/list") == await guest.get("/cms/tags/list") == EMPTY
    top = await put(api, operator, "article-categories", name="新闻", kind="index", labels=[{"name": "版面", "text": "头条"}])
    below = await put(api, operator, "article-categories", name="活动", parent_id=top["id"])
    first = await put_article(api, operator, title="开业", category_id=top["id"], tags=["店庆", "公告"], keywords="开张")
    second = await put_article(api, operator, title="春拍", category_id=below["id"], tags=["公告"], is_recommended=True)
    third = await put_article(api, operator, title="秋拍", category_id=top["id"], sort=1)
    await put_article(api, operator, title="草稿", category_id=top["id"], state=0)
    assert await titles(guest) == ["春拍", "开业", "秋拍"]
    assert await titles(guest, categoryId=below["id"]) == await titles(guest, isRecommend="true") == ["春拍"]
    assert await titles(guest, categoryId=f"{top['id']}", orderBy="older") == ["开业", "春拍", "秋拍"]
    assert await titles(guest, titleLike="拍", orderBy="newer") == ["秋拍", "春拍"]
    assert await titles(guest, keywordsLike="开张") == await titles(guest, tagsLike="店庆") == await titles(guest, id=first["id"]) == ["开业"]
    assert await titles(guest, dateAddBegin="2036-06-01", dateAddEnd="2036-06-01", pageSize=1) == ["春拍"]
    assert await titles(guest, dateAddEnd="2036-05-31") == await titles(guest, titleLike="草稿") == await titles(guest, page=2) == []
    assert [(one["name"], one["number"]) for one in data_of(await guest.get("/cms/tags/list"))] == [("公告", 2), ("店庆", 1)]
    category = data_of(await guest.get("/cms/category/info", id=top["id"]))
    assert (category["info"]["name"], category["info"]["level"], category["extJson"]) == ("新闻", 1, {"版面": "头条"})
    around = data_of(await guest.get("/cms/news/preNext", id=first["id"]))
    assert ("pre" in around, around["next"]["id"]) == (False, third["id"])
    assert (await guest.get("/cms/news/preNext", id=second["id"]))["code"] == 700
    assert (await guest.post("/cms/news/list", categoryId="1,x"))["code"] == 601
    assert (await guest.get("/cms/news/detail"))["code"] == 300
    # What articles stand in stays, and what was found to be used.
    assert (await api.ask("DELETE", f"{OPS}/article-categories/{below['id']}", as_user=operator)).status == 409


async def test_what_is_written_is_clean_whoever_wrote_it(api: Api) -> None:
    operator, alice = await hire(api), await sign_in(api)
    made = await put_article(api, operator, content=HOSTILE)
    clean = data_of(await alice.get("/cms/news/detail", id=made["id"]))["content"]
    assert "steal" not in clean and "iframe" not in clean and "script" not in clean and "position" not in clean
    assert 'style="color:red"' in clean and f'<img src="{api.url}/pictures/1.png">' in clean
    sent = data_of(await alice.post("/cms/news/put", title="我的", descript="摘要", content=HOSTILE, categoryId=made["category_id"]))
    assert sent["content"] == clean
    page = await put(api, operator, "pages", key="aboutus", title="关于", content=HOSTILE)
    notice = await put(api, operator, "notices", title="公告", content=HOSTILE)
    shop = await put(api, operator, "shops", name="店", introduction=HOSTILE)
    goods = await put_goods(api, operator, content=HOSTILE)
    assert page["content"] == notice["content"] == shop["introduction"] == goods["content"] == made["content"]
    changed = await api.ask("PATCH", f"{OPS}/pages/{page['id']}", as_user=operator, json={"content": "<b onclick=x>新</b>"})
    assert changed.data["content"] == "<b>新</b>"


async def test_what_a_member_sends_in_waits_for_the_staff_and_stays_theirs(api: Api) -> None:
    operator, alice, bob = await hire(api), await sign_in(api), await sign_in(api, "bob")
    category = (await put(api, operator, "article-categories", name="投稿"))["id"]
    words = {"title": "藏品", "descript": "摘要", "content": "<p>好</p>", "categoryId": category, "tags": "龙钞, 补号，龙钞"}
    sent = data_of(await alice.post("/cms/news/put", **words, postJsonString='{"城市": "苏州"}'))
    assert (sent["status"], sent["statusStr"], sent["tags"], sent["uid"]) == (0, "待审核", "龙钞,补号", alice.uid)
    assert await titles(bob) == [] and (await bob.get("/cms/news/detail", id=sent["id"]))["code"] == 700
    assert data_of(await alice.get("/cms/news/detail/v2", id=sent["id"]))["extJson"] == {"城市": "苏州"}
    assert (await act(api, operator, "articles", sent["id"], "approve")).data["state"] == 2
    assert await titles(bob) == ["藏品"]
    for answer in (
        await bob.post("/cms/news/put", **{**words, "title": "夺走"}, id=sent["id"]),
        await bob.post("/cms/news/del", id=sent["id"]),
        await bob.post("/cms/news/del", id=999),
    ):
        assert answer["code"] == 700
    assert await titles(bob) == ["藏品"]
    data_of(await alice.post("/cms/news/put", **{**words, "title": "改过"}, id=sent["id"]))
    assert await titles(bob) == []  # it waits again
    assert (await act(api, operator, "articles", sent["id"], "refuse", reason="广告")).data["state"] == 1
    assert data_of(await alice.get("/cms/news/detail", id=sent["id"]))["statusStr"] == "审核不通过"
    assert (await alice.post("/cms/news/put", **{**words, "tags": "字" * 201}))["code"] == 10000
    assert (await alice.post("/cms/news/put", **words, pic="h" * 201))["code"] == 10001
    assert (await alice.post("/cms/news/put", **{**words, "categoryId": 99}))["code"] == 601
    assert (await Shopper(api).post("/cms/news/put", **words))["code"] == 2000
    assert await alice.post("/cms/news/del", id=sent["id"]) == {"code": 0, "msg": "success"}
    assert (await alice.get("/cms/news/detail", id=sent["id"]))["code"] == 700


async def test_favourites_and_votes_are_one_a_reader_whatever_races(api: Api) -> None:
    operator, alice, bob = await hire(api), await sign_in(api), await sign_in(api, "bob")
    made = await put_article(api, operator)
    assert (await alice.get("/cms/news/fav/check", newsId=made["id"]))["code"] == -1
    assert (await alice.post("/cms/news/useful", id=made["id"], isCheck="true"))["code"] == 700
    assert (await alice.post("/cms/news/useful", id=made["id"]))["code"] == 300
    for shopper in (alice, bob):
        answers = await asyncio.gather(
            *(shopper.post("/cms/news/fav/add", newsId=made["id"]) for _ in range(4)),
            *(shopper.post("/cms/news/useful", id=made["id"], isUseful=word) for word in ("true", "false", "true")),
        )
        assert {answer["code"] for answer in answers} == {0}
    for shopper, word in ((alice, "true"), (bob, "false")):
        data_of(await shopper.post("/cms/news/useful", id=made["id"], isUseful=word, isCheck="false") | {"data": None})
    detail = data_of(await alice.get("/cms/news/detail", id=made["id"]))
    assert (detail["numberUseful"], detail["numberUseless"], detail["numberFav"]) == (1, 1, 2)
    assert data_of(await alice.post("/cms/news/useful", id=made["id"], isCheck="true")) == {"isUseful": True}
    logs = data_of(await alice.post("/cms/news/useful/logs", id=made["id"]))
    assert {(one["uid"], one["isUseful"]) for one in logs["result"]} == {(alice.uid, True), (bob.uid, False)}
    [row] = data_of(await alice.post("/cms/news/fav/list"))
    assert (row["newsId"], row["title"]) == (made["id"], "开业")
    assert (await bob.post("/cms/news/fav/delete", id=row["id"]))["code"] != 0  # Alice's
    removed = await asyncio.gather(*(alice.post("/cms/news/fav/delete", id=row["id"]) for _ in range(3)))
    assert sorted(answer["code"] for answer in removed)[0] == 0 and [answer["code"] for answer in removed].count(0) == 1
    assert await alice.post("/cms/news/fav/list") == EMPTY
    assert data_of(await bob.get("/cms/news/detail", id=made["id"]))["numberFav"] == 1
    # The audit sees what nobody but the server may write.
    audit = ContentAudit(api.application.stores.mall.content.books)
    assert await audit.find_problems() == []
    await api.application.mongo.database.mall_articles.update_one({"_id": made["id"]}, {"$inc": {"useful": 3}})
    assert await audit.find_problems() == [(f"article {made['id']}", "tells 4 useful, of which 1 are there")]


async def test_views_are_counted_without_a_write_for_each(api: Api) -> None:
    operator, guest = await hire(api), Shopper(api)
    made = await put_article(api, operator)
    for _ in range(5):
        data_of(await guest.get("/cms/news/detail", id=made["id"]))
    assert data_of(await guest.post("/cms/news/list"))[0]["views"] == 0
    content = next(theme for theme in api.application.mall.themes if hasattr(theme, "views"))
    await content.views.write()
    assert data_of(await guest.post("/cms/news/list"))[0]["views"] == 5
    await put_article(api, operator, title="新的", category_id=made["category_id"])
    assert await titles(guest, orderBy="viewDown") == ["开业", "新的"]
    assert await titles(guest, orderBy="viewUp") == ["新的", "开业"]


async def test_pages_and_partners(api: Api) -> None:
    operator, guest = await hire(api), Shopper(api)
    about = await put(api, operator, "pages", key="aboutus", title="关于", content="<p>我们</p>", labels=[{"name": "版本", "text": "2"}])
    told = data_of(await guest.get("/cms/page/info/v2", key="aboutus"))
    assert (told["info"]["title"], told["extJson"]) == ("关于", {"版本": "2"})
    assert data_of(await guest.get("/cms/page/info", key="aboutus")) == told["info"]
    assert (await guest.get("/cms/page/info/v2", key="nope"))["code"] == 700
    again = await api.post(f"{OPS}/pages", as_user=operator, json={"key": "aboutus", "title": "另一个"})
    assert again.status == 409
    await api.ask("PATCH", f"{OPS}/pages/{about['id']}", as_user=operator, json={"is_shown": False})
    assert (await guest.get("/cms/page/info", key="aboutus"))["code"] == 700
    assert await guest.post("/friendly-partner/list") == EMPTY
    await put(api, operator, "partners", name="学会", link="https://friends.example", kind="a", logo="/pictures/1.png")
    [partner] = data_of(await guest.post("/friendly-partner/list", type="a"))
    assert (partner["name"], partner["logo"]) == ("学会", f"{api.url}/pictures/1.png")
    assert await guest.post("/friendly-partner/list", type="b") == EMPTY


async def test_comments_are_read_by_others_once_approved_and_feedback_by_nobody_else(api: Api) -> None:
    operator, alice, bob, guest = await hire(api), await sign_in(api), await sign_in(api, "bob"), Shopper(api)
    article = await put_article(api, operator)
    said = data_of(await alice.post("/comment/add", type=3, refId=article["id"], content="好文"))["id"]
    feedback = data_of(await alice.post("/comment/add", type=1, content="网页太慢", extJsonStr='{"联系电话": "13912345678"}'))["id"]
    nameless = data_of(await guest.post("/comment/add", content="路过"))["id"]

    async def read(reader: Shopper, **asked: Any) -> list[int]:
        answer = await reader.post("/comment/list", **asked)
        return [] if answer == EMPTY else [row["id"] for row in data_of(answer)]

    assert await read(bob) == await read(guest) == [] and await read(alice) == [feedback, said]
    for id in (said, feedback, nameless):
        assert (await act(api, operator, "comments", id, "approve")).status == 200
    assert await read(bob) == await read(guest) == [nameless, said]
    assert await read(bob, uid=alice.uid) == await read(bob, type=3, refId=article["id"], status=1) == [said]
    assert await read(bob, type=1) == await read(guest, type=1, uid=alice.uid) == []
    answered = await act(api, operator, "comments", said, "answer", text="谢谢")
    kept = (await api.get(f"{OPS}/comments/{feedback}", as_user=operator)).data
    assert (answered.data["state"], kept["labels"]) == (2, [{"name": "联系电话", "text": "13912345678"}])
    [row] = data_of(await guest.post("/comment/list", isReply="true"))
    assert (row["reply"], row["statusStr"], row["uid"], "extJson" in row) == ("谢谢", "已回复", alice.uid, False)
    assert await read(guest, isReply="false") == [nameless]
    await act(api, operator, "comments", said, "hide", reason="广告")
    assert await read(guest) == [nameless]
    assert (await alice.post("/comment/add", content="字" * 1001))["code"] == 10000
    assert (await alice.post("/comment/add", type=3, refId=999, content="好"))["code"] == 700
    assert (await alice.post("/comment/add", pid=999, content="好"))["code"] == 700
    assert (await alice.post("/comment/add", type=9, content="好"))["code"] == 601
    assert (await alice.post("/comment/add", content="好", extJsonStr="[1]"))["code"] == 601

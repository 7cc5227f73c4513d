"""Pictures of lots, as people look at them: small on the cards, in a strip on the page, over the whole screen."""
from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from server.demo.notes import Engraver
from server.domain.pictures import PictureService, small
from server.outside.heavy_work import HeavyWork
from server.outside.pictures import PicturePress
from tests.browser.bidders import DESK, PHONE, Sale, open_sale
from tests.processes.server import ServerProcess

pytestmark = pytest.mark.browser

CATEGORY, SERIAL = "龙钞补号", "U9T0069000"
SHOWN, WITHOUT = "/goods/145", "/goods/146"


@pytest.fixture(scope="module")
def sale(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Sale]:
    """Its first lot has three pictures, its second none."""

    async def prepare(server: ServerProcess) -> None:
        engraver, work = Engraver(), HeavyWork()
        drawn = (
            engraver.draw_front(CATEGORY, SERIAL),
            engraver.draw_back(CATEGORY),
            engraver.draw_holder(CATEGORY, SERIAL, "67E"),
        )
        async with server.stores() as stores:
            service = PictureService(stores.pictures, PicturePress(work))
            pictures = [(await service.add_picture(content)).address for content in drawn]
        work.close()
        await server.open_group(lots=2, pictures=[tuple(pictures)])

    with open_sale(tmp_path_factory.mktemp("pictures"), browser, prepare) as opened:
        yield opened


@pytest.fixture(autouse=True)
def no_faults(sale: Sale) -> Iterator[None]:
    sale.faults.clear()
    yield
    assert sale.faults == []


def wait_until_seen(picture: Locator) -> None:
    picture.page.wait_for_function("one => one.complete && one.naturalWidth > 0", arg=picture.element_handle())


def open_viewer(sale: Sale, viewport: dict[str, int]) -> Page:
    page = sale.visit(SHOWN, viewport)
    page.get_by_role("button", name=re.compile("放大：.*第 1 张")).click()
    expect(page.get_by_role("dialog", name="查看图片")).to_be_visible()
    wait_until_seen(page.locator(".viewer__picture"))
    return page


def count(page: Page) -> Locator:
    return page.locator(".viewer__count")


def scale_of(page: Page) -> float:
    return page.locator(".viewer__picture").evaluate("one => new DOMMatrix(getComputedStyle(one).transform).a")


def finger(page: Page, kind: str, x: float, y: float, *, id: int = 1) -> None:
    """A touch on the stage, so far from its middle."""
    box = page.locator(".viewer__stage").bounding_box()
    assert box is not None
    at: dict[str, Any] = {"clientX": box["width"] / 2 + x, "clientY": box["height"] / 2 + y, "pointerId": id, "pointerType": "touch"}
    page.locator(".viewer__stage").evaluate(
        """(stage, [kind, at]) => {
            stage.setPointerCapture = () => {}; // which takes fingers that are there only
            stage.dispatchEvent(new PointerEvent(kind, { bubbles: true, cancelable: true, ...at }));
        }""",
        [kind, at],
    )


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_a_card_shows_the_front_small_or_says_that_there_is_none(sale: Sale, viewport: dict[str, int]) -> None:
    page = sale.visit("/", viewport)
    shown, without = page.locator(".card").nth(0), page.locator(".card").nth(1)
    picture = shown.locator("img")
    wait_until_seen(picture)
    assert re.fullmatch(r"/pictures/[0-9a-f]{32}_m\.jpg", picture.get_attribute("src") or "")
    expect(without.locator(".thumb")).to_have_text("无图")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shown.locator(".thumb").click()
    expect(page).to_have_url(re.compile(SHOWN))


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_the_strip_shows_each_picture_and_marks_which(sale: Sale, viewport: dict[str, int]) -> None:
    page = sale.visit(SHOWN, viewport)
    choices = page.locator(".gallery__choice")
    expect(choices).to_have_count(3)
    addresses = [one.get_attribute("src") or "" for one in page.locator(".gallery__picture img").all()]
    assert [one.get_attribute("src") for one in choices.locator("img").all()] == [small(address) for address in addresses]
    expect(choices.nth(0)).to_have_attribute("aria-pressed", "true")
    choices.nth(2).click()
    expect(choices.nth(2)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".gallery__item").nth(2)).to_be_in_viewport(ratio=0.9)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_lot_without_pictures_says_so(sale: Sale) -> None:
    page = sale.visit(WITHOUT, PHONE)
    expect(page.get_by_text("这件拍品还没有图片")).to_be_visible()
    expect(page.locator(".gallery button")).to_have_count(0)


def test_keys_go_from_picture_to_picture_look_closer_and_leave(sale: Sale) -> None:
    page = open_viewer(sale, DESK)
    expect(count(page)).to_have_text("第 1 张，共 3 张")
    expect(page.locator(".viewer__picture")).to_have_attribute("alt", f"{SERIAL} 的图片，第 1 张，共 3 张")
    page.keyboard.press("ArrowRight")
    expect(count(page)).to_have_text("第 2 张，共 3 张")
    for _ in range(2):
        page.keyboard.press("ArrowLeft")
    expect(count(page)).to_have_text("第 3 张，共 3 张")  # round at the end
    page.keyboard.press("+")
    assert scale_of(page) > 1.5
    page.keyboard.press("ArrowRight")  # moves what is seen closely
    expect(count(page)).to_have_text("第 3 张，共 3 张")
    page.keyboard.press("0")
    assert scale_of(page) == 1
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name=re.compile("放大：.*第 3 张"))).to_be_focused()


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_buttons_do_the_same(sale: Sale, viewport: dict[str, int]) -> None:
    page = open_viewer(sale, viewport)
    viewer = page.get_by_role("dialog", name="查看图片")
    viewer.get_by_role("button", name="下一张").click()
    expect(count(page)).to_have_text("第 2 张，共 3 张")
    viewer.get_by_role("button", name="放大").click()
    assert scale_of(page) > 1.5
    viewer.get_by_role("button", name="缩小").click()
    assert scale_of(page) == pytest.approx(1)
    viewer.get_by_role("button", name="上一张").click()
    expect(count(page)).to_have_text("第 1 张，共 3 张")
    viewer.get_by_role("button", name="关闭").click()
    expect(viewer).to_have_count(0)


def test_a_finger_swipes_to_the_next_and_a_short_move_stays(sale: Sale) -> None:
    page = open_viewer(sale, PHONE)
    for way, expected in ((-120, "第 2 张，共 3 张"), (-20, "第 2 张，共 3 张"), (120, "第 1 张，共 3 张")):
        finger(page, "pointerdown", 0, 0)
        finger(page, "pointermove", way / 2, 4)
        finger(page, "pointerup", way, 4)
        expect(count(page)).to_have_text(expected)
        assert scale_of(page) == 1


def test_two_fingers_pinch_and_one_then_moves_what_is_seen_closely(sale: Sale) -> None:
    page = open_viewer(sale, PHONE)
    finger(page, "pointerdown", -30, 0)
    finger(page, "pointerdown", 30, 0, id=2)
    finger(page, "pointermove", 90, 0, id=2)
    assert scale_of(page) == pytest.approx(2, rel=0.05)
    finger(page, "pointerup", 90, 0, id=2)
    finger(page, "pointerup", -30, 0)
    finger(page, "pointerdown", 0, 0)
    finger(page, "pointermove", -150, 0)
    finger(page, "pointerup", -150, 0)
    expect(count(page)).to_have_text("第 1 张，共 3 张")
    assert scale_of(page) == pytest.approx(2, rel=0.05)
    edge = page.locator(".viewer__picture").bounding_box()
    assert edge is not None and edge["x"] + edge["width"] >= PHONE["width"] - 1  # no farther than the picture reaches


def test_a_double_tap_looks_closer_and_back(sale: Sale) -> None:
    page = open_viewer(sale, PHONE)
    for closer in (True, False):
        for _ in range(2):
            finger(page, "pointerdown", 40, 10)
            finger(page, "pointerup", 40, 10)
        assert (scale_of(page) > 2) is closer

"""Trees of two levels."""
from __future__ import annotations

import pytest

from server.domain.errors import InvalidInput
from server.domain.groupbuy.areas import Area
from server.domain.groupbuy.trees import InUse, Tree

SHANGHAI = Area(id=15, name="上海", sort=1)
BEIJING = Area(id=16, name="北京")
PUDONG = Area(id=25, name="浦东新区", parent_id=15)
HUANGPU = Area(id=24, name="黄浦区", parent_id=15)
TREE: Tree[Area] = Tree([SHANGHAI, PUDONG, BEIJING, HUANGPU])


def test_each_level_is_in_its_order() -> None:
    assert TREE.children() == [BEIJING, SHANGHAI]
    assert TREE.children(15) == [HUANGPU, PUDONG]
    assert TREE.children(25) == []


def test_the_deepest_of_a_way_is_found() -> None:
    assert TREE.find_deepest(0, 0) is None
    assert TREE.find_deepest(15, 0) is TREE.find_deepest(0, 15) is SHANGHAI
    assert TREE.find_deepest(15, 25) is TREE.find_deepest(0, 25) is TREE.find_deepest(25, 0) is PUDONG
    assert TREE.find_deepest(25, 25) is PUDONG


@pytest.mark.parametrize("way", [(99, 0), (0, 99), (16, 25), (25, 15), (15, 16)])
def test_a_way_that_is_none_is_refused(way: tuple[int, int]) -> None:
    with pytest.raises(LookupError):
        TREE.find_deepest(*way)


def test_what_is_under_a_node_counts_it_too() -> None:
    assert TREE.ids_under(SHANGHAI) == {15, 24, 25}
    assert TREE.ids_under(PUDONG) == {25}


@pytest.mark.parametrize(
    "area, problem",
    [
        (Area(id=30, name="a", parent_id=99), "unknown"),
        (Area(id=30, name="a", parent_id=25), "too_deep"),
        (Area(id=15, name="a", parent_id=16), "too_deep"),
        (Area(id=16, name="a", parent_id=16), "unknown"),
    ],
)
def test_there_is_no_third_level(area: Area, problem: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        TREE.check_place(area)
    assert raised.value.problems == {"parent_id": [problem]}


def test_what_has_others_under_it_is_in_use() -> None:
    with pytest.raises(InUse):
        TREE.check_leaf(15)
    TREE.check_leaf(16)

"""Files for browsers: one version of all, and who imports whom."""
from __future__ import annotations

from pathlib import Path

import pytest

from server.web.assets import Assets

FILES = {
    "css/page.css": "body { color: black }",
    "js/page.js": """/** Example:
 *   import { nothing } from './nothing.js';
 */
import './plain.js';
import { one } from './parts/one.js';
import {
  two as deux,
  three,
} from './parts/two.js';
export { four } from './parts/one.js';

/** @type {import('./typed.js').Typed} */
const later = () => import('./later.js');
""",
    "js/plain.js": "export const plain = \"import { x } from './x.js'\";",
    "js/parts/one.js": "import * as shared from '../plain.js';\nexport const one = 1;",
    "js/parts/two.js": "import { one } from './one.js';\nimport $ from './deep.js';",
    "js/parts/deep.js": "",
    "js/later.js": "import { one } from './parts/one.js';\nimport './even_later.js';",
    "js/even_later.js": "",
    "pages/page.html": "<p>",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_script_s_modules_are_all_that_it_cannot_begin_without(folder: Path) -> None:
    modules = Assets(folder).modules("js/page.js")
    assert modules == ["js/page.js", "js/plain.js", "js/parts/one.js", "js/parts/two.js", "js/parts/deep.js"]


def test_what_is_imported_on_the_way_comes_later_with_its_own(folder: Path) -> None:
    assert Assets(folder).later_modules("js/page.js") == ["js/later.js", "js/even_later.js"]
    assert Assets(folder).later_modules("js/plain.js") == []


def test_an_import_of_what_is_not_there_is_found_at_once(folder: Path) -> None:
    (folder / "js/parts/deep.js").write_text("import './lost.js';")
    with pytest.raises(KeyError, match="lost"):
        Assets(folder).modules("js/page.js")


@pytest.mark.parametrize("name", [name for name in FILES if not name.endswith(".html")])
def test_any_change_of_a_file_is_a_new_version(folder: Path, name: str) -> None:
    before = Assets(folder)
    assert Assets(folder).version == before.version
    (folder / name).write_text(FILES[name] + " ")
    assert Assets(folder).version != before.version


def test_a_new_name_is_a_new_version(folder: Path) -> None:
    before = Assets(folder).version
    (folder / "css/page.css").rename(folder / "css/sheet.css")
    assert Assets(folder).version != before


def test_what_was_read_stays_when_the_files_change(folder: Path) -> None:
    assets = Assets(folder)
    (folder / "css/page.css").write_text("body { color: red }")
    assert assets.read("css/page.css") == FILES["css/page.css"]


def test_templates_are_not_served(folder: Path) -> None:
    assert Assets(folder).find("pages/page.html") is None


def test_only_what_is_there_has_an_address(folder: Path) -> None:
    assets = Assets(folder)
    assert assets.address("css/page.css") == f"/static/{assets.version}/css/page.css"
    with pytest.raises(KeyError):
        assets.address("css/lost.css")

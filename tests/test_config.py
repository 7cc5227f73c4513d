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

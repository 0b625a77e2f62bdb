from pathlib import Path

import pytest

from sophia.settings import SecretMissingError, SecretWeakError, Settings

LONG = "0123456789abcdef"


def settings_over(folder: Path) -> Settings:
    (folder / "mounted").mkdir()
    (folder / "secrets").mkdir()
    return Settings(home=folder, secrets_dir=folder / "mounted")


def test_a_secret_is_read_from_the_home_without_its_line_end(tmp_path: Path) -> None:
    settings = settings_over(tmp_path)
    (tmp_path / "secrets" / "pepper").write_text(f"{LONG}\n")

    assert settings.secret("pepper") == LONG


def test_a_mounted_secret_goes_before_the_one_in_the_home(tmp_path: Path) -> None:
    settings = settings_over(tmp_path)
    (tmp_path / "secrets" / "pepper").write_text(LONG)
    (tmp_path / "mounted" / "pepper").write_text(LONG.upper())

    assert settings.secret("pepper") == LONG.upper()


def test_a_secret_that_is_nowhere_is_asked_for_in_words(tmp_path: Path) -> None:
    with pytest.raises(SecretMissingError, match=r"pepper is missing: run `sophia up`"):
        settings_over(tmp_path).secret("pepper")


@pytest.mark.parametrize("weak", ["", "   \n", "\n\n", "admin", "sophia_admin", LONG[1:]])
@pytest.mark.parametrize("place", ["secrets", "mounted"])
def test_an_empty_or_short_secret_is_refused_and_not_shown(
    tmp_path: Path, place: str, weak: str
) -> None:
    settings = settings_over(tmp_path)
    (tmp_path / "secrets" / "metrics_token").write_text(LONG)
    (tmp_path / place / "metrics_token").write_text(weak)
    with pytest.raises(SecretWeakError) as refused:
        settings.secret("metrics_token")

    assert "metrics_token is too short" in refused.value.message
    assert not weak.strip() or weak not in refused.value.message

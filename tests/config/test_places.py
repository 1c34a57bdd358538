from __future__ import annotations

import os
from pathlib import Path

import pytest

from calltrace.config import _secrets, places
from calltrace.errors import InputError, UsageError


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with neither a user's configuration nor one of its own, yet."""
    monkeypatch.delenv("CALLTRACE_CONFIG")
    monkeypatch.setattr(places, "usual", lambda: tmp_path / "user" / "config.toml")
    monkeypatch.setattr(places, "shared", lambda: tmp_path / "site" / "config.toml")
    return tmp_path


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    return path


def test_the_order_is_named_environment_user_machine(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert places.locate() is None
    site = put(folders / "site" / "config.toml")
    assert places.locate() == site
    user = put(folders / "user" / "config.toml")
    assert places.locate() == user
    told = put(folders / "told.toml")
    monkeypatch.setenv("CALLTRACE_CONFIG", str(told))
    assert places.locate() == told
    named = put(folders / "named.toml")
    assert places.locate(named) == named


def test_an_empty_variable_means_none(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(folders / "user" / "config.toml")
    monkeypatch.setenv("CALLTRACE_CONFIG", "")
    assert places.locate() is None


def test_a_file_in_the_working_folder_is_not_taken_up(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("calltrace.toml", "config.toml", ".calltrace.toml"):
        put(folders / "work" / name)
    monkeypatch.chdir(folders / "work")
    assert places.locate() is None


def test_one_that_is_named_and_not_there_is_no_default(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(folders / "user" / "config.toml")
    monkeypatch.setenv("CALLTRACE_CONFIG", str(folders / "gone.toml"))
    with pytest.raises(UsageError, match=r"\$CALLTRACE_CONFIG\) does not exist"):
        places.locate()
    with pytest.raises(UsageError, match="is a folder"):
        places.locate(folders)


def test_a_password_comes_from_the_environment_or_a_private_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_TEST", "hunter2")
    assert _secrets.Secret(env="SECRET_OF_TEST").read() == "hunter2"
    file = tmp_path / "secret"
    file.write_text("hunter3\n")
    file.chmod(0o600)
    assert _secrets.Secret(file=str(file)).read() == "hunter3"
    assert _secrets.Secret().read() == ""


@pytest.mark.parametrize(("text", "mode", "told"), [("x", 0o644, "chmod 600"), ("", 0o600, "is empty")])
def test_a_file_others_can_read_or_an_empty_one_is_refused(tmp_path: Path, text: str, mode: int, told: str) -> None:
    file = tmp_path / "secret"
    file.write_text(text)
    file.chmod(mode)
    with pytest.raises(InputError, match=told) as error:
        _secrets.Secret(file=str(file), section="[mail]").read()
    assert str(error.value).startswith("[mail] password_file")


def test_a_variable_that_is_not_set_is_named() -> None:
    os.environ.pop("NOT_SET_AT_ALL", None)
    with pytest.raises(InputError, match=r"\[mail\] password_env names NOT_SET_AT_ALL"):
        _secrets.Secret(env="NOT_SET_AT_ALL", section="[mail]").read()

"""What is started, by the settings: which parts, on which ports, with which environment."""

import os
from pathlib import Path

import pytest

from sophia.settings import Settings
from sophia.supervisor import plan


def test_a_home_is_named_in_full_to_processes_in_other_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings(home=Path("here"), secrets_dir=Path("mounted"))
    environment = plan.own_environment(settings)
    assert environment["SOPHIA_HOME"] == str(tmp_path / "here")
    assert environment["SOPHIA_SECRETS_DIR"] == str(tmp_path / "mounted")
    assert environment["PATH"] == os.environ["PATH"]  # noqa: TID251 - what is passed on


def test_every_port_is_taken_once_and_shifts_with_the_base(tmp_path: Path) -> None:
    usual = plan.needed_ports(Settings(home=tmp_path, port_base=8000))
    shifted = plan.needed_ports(Settings(home=tmp_path, port_base=9500))
    assert len({port for _, port in usual}) == len(usual)
    assert [(name, port + 1500) for name, port in usual] == shifted


def test_servers_of_the_operators_own_are_not_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://a:b@127.0.0.1/c")
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1/0")
    stack = plan.build(Settings(home=tmp_path))
    assert stack.servers == ()
    assert [part.name for part in stack.processes] == ["api", "worker", "mcp"]
    assert "postgres" not in dict(plan.needed_ports(Settings(home=tmp_path)))


def test_nothing_of_ours_imports_from_the_folder_that_it_runs_in(tmp_path: Path) -> None:
    launch = plan.sophia_command(tmp_path, "api")
    assert launch.cwd == tmp_path
    assert "-P" in launch.argv

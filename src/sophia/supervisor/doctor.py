"""`sophia doctor`: what Sophia needs on this machine, each with what to do about it."""

import os
import platform
import shutil
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sophia.settings import Settings
from sophia.supervisor import leftovers, plan, state
from sophia.supervisor.errors import PortTakenError

_NEEDED_BYTES = 2 * 2**30
_CONNECT_TIMEOUT_S = 3.0
_PORTS = {"postgresql": 5432, "postgres": 5432, "redis": 6379, "rediss": 6379}


@dataclass(frozen=True, slots=True)
class Finding:
    """One check and what it found."""

    what: str
    is_ok: bool
    detail: str


def examine(settings: Settings) -> list[Finding]:
    """Check everything; nothing is changed."""
    view = state.running(settings.home)
    findings = [
        Finding("python", is_ok=True, detail=f"{platform.python_version()} at {sys.executable}"),
        _home(settings.home),
        _disk(settings.home),
        _server("postgres", settings.database_url if not settings.embeds_postgres else None),
        _server("redis", settings.redis_url if not settings.embeds_redis else None),
        _models(settings),
    ]
    if view is not None:
        findings += [
            Finding(part.name, is_ok=part.state == "ready", detail=f"{part.state} {part.detail}")
            for part in view.parts
        ]
    else:
        findings.append(_ports(settings))
    return findings


def _home(home: Path) -> Finding:
    existing = next(folder for folder in (home, *home.parents) if folder.exists())
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        return Finding("home", is_ok=True, detail=str(home))
    detail = f"{existing} cannot be written: set SOPHIA_HOME to a folder that you may write"
    return Finding("home", is_ok=False, detail=detail)


def _disk(home: Path) -> Finding:
    existing = next(folder for folder in (home, *home.parents) if folder.exists())
    free_bytes = shutil.disk_usage(existing).free
    free = f"{free_bytes / 2**30:.1f} GB free"
    if free_bytes >= _NEEDED_BYTES:
        return Finding("disk", is_ok=True, detail=free)
    return Finding("disk", is_ok=False, detail=f"{free}, {_NEEDED_BYTES >> 30} GB are wise")


def _server(name: str, url: str | None) -> Finding:
    if url is None:
        return Finding(name, is_ok=True, detail="embedded")
    parts = urlsplit(url)
    host = parts.hostname or "127.0.0.1"
    port = parts.port or _PORTS.get(parts.scheme.partition("+")[0], 0)
    try:
        socket.create_connection((host, port), timeout=_CONNECT_TIMEOUT_S).close()
    except OSError as error:
        detail = f"{host}:{port} cannot be reached ({error.strerror or error})"
        return Finding(name, is_ok=False, detail=detail)
    return Finding(name, is_ok=True, detail=f"{host}:{port} answers")


def _models(settings: Settings) -> Finding:
    named = [
        ("OpenAI or compatible", settings.openai_api_key),
        ("Anthropic or compatible", settings.anthropic_api_key),
    ]
    found = [name for name, key in named if key is not None]
    detail = ", ".join(found) or "no key is set: a local model, if one runs, or the built-in one"
    return Finding("models", is_ok=True, detail=detail)


def _ports(settings: Settings) -> Finding:
    needed = plan.needed_ports(settings)
    try:
        leftovers.require_free_ports(needed)
    except PortTakenError as error:
        return Finding("ports", is_ok=False, detail=error.message)
    return Finding("ports", is_ok=True, detail=f"{len(needed)} are free")

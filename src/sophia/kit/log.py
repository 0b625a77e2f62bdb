"""Structured logs on standard error: JSON for machines, colour for a terminal, secrets masked."""

import logging
import re
import sys
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any, cast

import structlog

# What our own and our vendors' credentials look like; a match is masked wherever it stands.
# The lengths are bounded so that a long line takes no long time.
_NAMES = r"(?:password|secret|token|authorization|cookie|pepper|api[_-]?key)"
_SECRETS = re.compile(
    r"(sophia_(?:live|test)_[0-9A-Za-z]{8})[0-9A-Za-z]+"
    r"|(eyJ[0-9A-Za-z_-]{6})[0-9A-Za-z_-]{1,700}\.[0-9A-Za-z_-]{1,9000}\.[0-9A-Za-z_-]*"
    r"|([0-9a-f]{32}\.)[0-9a-f]{64}\.[0-9a-f]{32}"  # refresh tokens, of which the session is shown
    r"|(/sign-in#[0-9A-Za-z_-]{4})[0-9A-Za-z_-]+"
    # Behind no letter, unless that letter is part of an escaped line break.
    r"|((?:(?<![0-9A-Za-z])|(?<=\\[nrt]))"
    r"(?:sk|gh[oprsu]|github_pat|lin_api)[-_][0-9A-Za-z_-]{4})[0-9A-Za-z_-]{8,}"
    r"|(\b[Bb]earer +[0-9A-Za-z._~+/=-]{4})[0-9A-Za-z._~+/=-]{12,}"
    rf"|((?i:{_NAMES})(?:=\\?[\"']?|\\?[\"']: ?\\?[\"']))[^\s\"',}}]+"
    r"|(://[^:/@\s]*:)\S{1,500}(?=@)"
)
# Names under which no value is shown, whatever it looks like.
_SECRET_NAMES = re.compile(rf"(?:^|[_-]){_NAMES}$", re.IGNORECASE)
_MASK = "***"


def redact(text: str) -> str:
    """Mask every credential in the text, keeping enough of it to recognise which one it was."""
    return _SECRETS.sub(lambda found: "".join(part or "" for part in found.groups()) + _MASK, text)


def _masked(value: Any) -> Any:
    """Mask what stands under a secret's name, at any depth."""
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, Any]", value)
        return {name: _masked_as(name, inner) for name, inner in pairs.items()}
    if isinstance(value, list | tuple | set | frozenset):
        parts = cast("Iterable[Any]", value)
        return [_masked(inner) for inner in parts]
    return redact(value) if isinstance(value, str) else value


def _masked_as(name: object, value: Any) -> Any:
    is_secret = value is not None and bool(_SECRET_NAMES.search(str(name)))
    return _MASK if is_secret else _masked(value)


def _mask_event(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for name, value in event.items():
        event[name] = _masked_as(name, value)
    return event


def _redact_line(_logger: object, _method: str, line: Any) -> str:
    """Mask also what only the rendering wrote out: objects of any kind."""
    return redact(line)


def set_up(*, level: str = "info", process: str) -> None:
    """Send structlog and the standard library's logs to standard error in one form."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _mask_event,
    ]
    renderer: Any = (
        structlog.dev.ConsoleRenderer()
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                renderer,
                _redact_line,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("uvicorn.access", "httpx2", "mcp", "alembic.runtime", "procrastinate"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(process=process)


def get(feature: str) -> structlog.stdlib.BoundLogger:
    """Give the logger of a feature; events are named feature.thing.happened."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(feature)
    return logger

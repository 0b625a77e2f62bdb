"""Structured logs on standard error: JSON for machines, colour for a terminal, secrets masked."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# What our own and our vendors' credentials look like; a match is masked wherever it stands.
_SECRETS = re.compile(
    r"(sophia_(?:live|test)_[0-9A-Za-z]{8})[0-9A-Za-z]+"
    r"|(eyJ[0-9A-Za-z_-]{6})[0-9A-Za-z_-]+\.[0-9A-Za-z_-]+\.[0-9A-Za-z_-]+"
    r"|((?:sk|ghp|gho|github_pat|lin_api)[-_][0-9A-Za-z]{4})[0-9A-Za-z_-]{8,}"
    r"|(://[^:/@\s]+:)[^@\s]+(?=@)"
)


def redact(text: str) -> str:
    """Mask every credential in the text, keeping enough of it to recognise which one it was."""
    return _SECRETS.sub(lambda found: "".join(part or "" for part in found.groups()) + "***", text)


def _redact_event(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = redact(value)
    return event


def set_up(*, level: str = "info", process: str) -> None:
    """Send structlog and the standard library's logs to standard error in one form."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redact_event,
    ]
    renderer: Any = (
        structlog.dev.ConsoleRenderer()
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer()
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
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
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

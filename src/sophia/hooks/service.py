"""Taking deliveries: who sent them, if they are new, and into the database before the answer."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import orjson

from sophia.hooks import facts, repository, signatures
from sophia.hooks.errors import HookForgedError, HookUnknownError, HookUnreadableError
from sophia.hooks.schemas import Delivery, Happening, Vendor
from sophia.kit import metrics
from sophia.kit.clock import Clock
from sophia.kit.errors import SophiaError
from sophia.kit.sealing import Seal
from sophia.store.database import Database

_MAX_ID_CHARS = 100


@dataclass(frozen=True, slots=True)
class HookService:
    """Takes what vendors send. `secrets` holds the operator's, by vendor."""

    database: Database
    secrets: Mapping[str, str]
    seal: Seal
    clock: Clock

    async def begin_asana(self, *, key: str, given: str) -> None:
        """Keep the secret that Asana gives when somebody makes a webhook.

        Whoever gives one could sign with it: the address must have our key. Raises
        HookUnknownError, HookForgedError.
        """
        signatures.check_key(self._secret("asana"), key)
        sealed = self.seal.close(given.encode(), bound_to="asana")
        async with self.database.transaction() as writer:
            await repository.add_secret(writer, "asana", sealed)

    async def receive(self, vendor: str, headers: Mapping[str, str], body: bytes) -> bool:
        """Take a delivery; says whether it is new.

        Raises HookUnknownError, HookForgedError, HookLateError, HookUnreadableError.
        """
        try:
            delivery = await self._checked(vendor, headers, body)
        except SophiaError as error:
            metrics.hook_deliveries.labels(_label(vendor, error), error.code).inc()
            raise
        if not delivery.happenings:  # a ping, or a heartbeat
            metrics.hook_deliveries.labels(vendor, "empty").inc()
            return False
        async with self.database.transaction() as writer:
            is_new = await repository.add(writer, delivery)
        metrics.hook_deliveries.labels(vendor, "accepted" if is_new else "repeated").inc()
        return is_new

    async def _checked(self, vendor: str, headers: Mapping[str, str], body: bytes) -> Delivery:
        now = self.clock.now()
        match vendor:
            case "github":
                signatures.check_github(self._secret(vendor), headers, body)
                kind, id_ = (headers.get(f"x-github-{name}", "") for name in ("event", "delivery"))
                # A ping only asks if somebody is there.
                happened = () if kind == "ping" else facts.of_github(kind, _object(body))
                return _delivery(vendor, body, id_, happened)
            case "linear":
                signatures.check_linear(self._secret(vendor), headers, body)
                told = _object(body)
                signatures.check_linear_age(told, now)
                id_ = headers.get("linear-delivery", "")
                return _delivery(vendor, body, id_, facts.of_linear(told))
            case "asana":
                signatures.check_asana(await self._asana_secrets(), headers, body)
                events = _events(_object(body))
                signatures.check_asana_age(events, now)
                return _delivery(vendor, body, "", facts.of_asana(events))
            case _:
                raise HookUnknownError("Webhooks are taken of github, linear and asana.")

    async def _asana_secrets(self) -> list[str]:
        self._secret("asana")
        async with self.database.reading() as reader:
            sealed = await repository.secrets(reader, "asana")
        opened = [self.seal.open(one, bound_to="asana") for one in sealed]
        found = [one.decode() for one in opened if one is not None]
        if not found:
            raise HookForgedError("No webhook was begun at Asana with this address: make it first.")
        return found

    def _secret(self, vendor: Vendor) -> str:
        secret = self.secrets.get(vendor)
        if not secret:
            name = f"{vendor}_hook_secret"
            raise HookUnknownError(
                f"Webhooks of {vendor} are not set up: set SOPHIA_{name.upper()}, or put the secret"
                f" into the file {name}, and restart."
            )
        return secret


def _label(vendor: str, error: SophiaError) -> str:
    """Give a vendor as a figure may have it: nobody makes new ones by asking for them."""
    return metrics.OTHER if isinstance(error, HookUnknownError) else vendor


def _delivery(vendor: Vendor, body: bytes, id_: str, happened: tuple[Happening, ...]) -> Delivery:
    # Not by its id: that is not signed, and could be another's each time.
    return Delivery(vendor, hashlib.sha256(body).digest(), id_[:_MAX_ID_CHARS], happened)


def _object(body: bytes) -> dict[str, Any]:
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise HookUnreadableError from error
    if not isinstance(told, dict):
        raise HookUnreadableError
    return cast("dict[str, Any]", told)


def _events(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    events = told.get("events")
    if not isinstance(events, list):
        raise HookUnreadableError
    told_of = cast("list[dict[str, Any]]", events)
    return [one for one in told_of if isinstance(one, dict)]  # pyright: ignore[reportUnnecessaryIsInstance] - strangers wrote it

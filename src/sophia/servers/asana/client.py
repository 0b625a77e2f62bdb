"""What several tools ask of Asana."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self, cast

import orjson

from sophia.servers.asana.raw import RawOutcome, RawPage
from sophia.servers.vendor.brief import Json
from sophia.servers.vendor.client import Ask, Params, VendorClient
from sophia.servers.vendor.dialect import Answer
from sophia.servers.vendor.errors import VendorError, VendorStrangeError
from sophia.servers.vendor.reading import read_many, read_one
from sophia.servers.vendor.refusals import refusal

# As many as Asana takes in one batch.
MAX_ACTIONS = 10
MAX_PAGE = 100
_EMPTY_PAGES = 5
_UNASKED = "Asana was not asked for it, because of the error before: ask for it again."

type Fields = Sequence[str]
type Following = tuple[list[Any], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One request of a batch."""

    method: str
    path: str
    data: Json | None = None
    fields: Fields = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: the thing as it is now, or why not."""

    made: Json | None
    error: VendorError | None

    @classmethod
    def of(cls, raw: RawOutcome, client: VendorClient) -> Self:
        """Read it as if it had been asked for by itself."""
        if raw.status_code < HTTPStatus.MULTIPLE_CHOICES:
            return cls(raw.body.get("data") or {}, None)
        answer = Answer(status=raw.status_code, headers={}, body=orjson.dumps(raw.body))
        return cls(None, refusal(answer, client.dialect))


class Asana:
    """Asana, as its tools ask it."""

    def __init__(self, client: VendorClient) -> None:
        """Take whom to ask over HTTP."""
        self._http = client

    async def one(self, path: str, fields: Fields, **asked: Any) -> Json:
        """Give a thing with these fields of it."""
        return _data(await self._http.get(path, {**asked, **_shown(fields)}), dict)

    async def page(
        self,
        path: str,
        fields: Fields,
        *,
        after: str | None = None,
        size: int = MAX_PAGE,
        asked: Params | None = None,
    ) -> Following:
        """Give a page of a list, and Asana's cursor of the next one."""
        params: Params = {**(asked or {}), "limit": size, "offset": after, **_shown(fields)}
        answer = await self._http.get(path, params)
        found: list[Any] = _data(answer, list)
        following = read_one(RawPage, answer).next_page
        return found, following.offset if following else None

    async def listed(self, path: str, fields: Fields, asked: Params | None = None) -> list[Any]:
        """Give a list that Asana does not page."""
        return _data(await self._http.get(path, {**(asked or {}), **_shown(fields)}), list)

    async def change(
        self, method: str, path: str, data: Json | None = None, fields: Fields = ()
    ) -> Json:
        """Change something, once; gives it as it is now with these fields."""
        body = {"data": data} if data is not None else None
        ask = Ask(method=method, path=path, params=_shown(fields), json=body)
        return _data((await self._http.ask(ask)).json(), dict)

    async def batch(self, actions: Sequence[Action]) -> list[Outcome]:
        """Ask several things, each by itself: some may fail where others succeed.

        Once some are done, an error is the outcome of those that it met.
        """
        found: list[Outcome] = []
        for start in range(0, len(actions), MAX_ACTIONS):
            some = actions[start : start + MAX_ACTIONS]
            try:
                found += await self._batch(some)
            except VendorError as error:
                if not found:
                    raise
                found += [Outcome(None, error)] * len(some)
                found += [Outcome(None, VendorError(_UNASKED))] * (len(actions) - len(found))
                break
        return found

    async def _batch(self, actions: Sequence[Action]) -> list[Outcome]:
        is_safe = all(one.method == "get" for one in actions)
        body = {"data": {"actions": [_written(one) for one in actions]}}
        answer = await self._http.ask(Ask(method="POST", path="/batch", json=body, is_safe=is_safe))
        raws = read_many(RawOutcome, _data(answer.json(), list))
        if len(raws) != len(actions):
            raise VendorStrangeError
        return [Outcome.of(raw, self._http) for raw in raws]


def only[M](
    ask: Callable[[str | None, int], Awaitable[tuple[list[M], str | None]]],
    is_wanted: Callable[[M], bool],
) -> Callable[[str | None, int], Awaitable[tuple[list[M], str | None]]]:
    """Leave out what is not wanted, of the largest pages; some with nothing wanted are passed."""

    async def filtered(after: str | None, _size: int) -> tuple[list[M], str | None]:
        for _ in range(_EMPTY_PAGES):
            found, after = await ask(after, MAX_PAGE)
            kept = [one for one in found if is_wanted(one)]
            if kept or after is None:
                return kept, after
        return [], after

    return filtered


def _shown(fields: Fields) -> Mapping[str, str]:
    """Ask for these fields, sparingly: without, Asana gives all or nearly none of them."""
    return {"opt_fields": ",".join(dict.fromkeys(fields))} if fields else {}


def _data[T: (dict[str, Any], list[Any])](answer: Any, form: type[T]) -> T:
    found = cast("Json", answer).get("data") if isinstance(answer, dict) else None
    if not isinstance(found, form):
        raise VendorStrangeError
    return found


def _written(action: Action) -> Json:
    asked: Json = {"method": action.method, "relative_path": action.path}
    if action.data is not None:
        asked["data"] = action.data
    if action.fields:
        asked["options"] = {"fields": list(action.fields)}
    return asked

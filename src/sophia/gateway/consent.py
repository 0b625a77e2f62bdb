"""A person's word on one call, asked for through their own client (MCP's elicitation).

What the client carries back and forth is sealed, bound to the call and to who makes it, good for
five minutes and good once: each step of the way has a number of its own that Redis sees only once.
Without Redis nobody can tell, and nothing that needs a word runs.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast
from uuid import UUID, uuid4

import orjson
from redis.asyncio import Redis

from sophia.core.messages import Json, JsonObject, ToolSpec
from sophia.gateway.rpc import Incoming
from sophia.kit.sealing import FactSeal
from sophia.store.redis import REDIS_ERRORS

QUESTION = "sophia.consent"
_TTL_S = 300
_SEEN = "sophia:mcp:consent:"
_MAX_SHOWN = 2_000


@dataclass(frozen=True, slots=True)
class Admitted:
    """The call may run, as `incoming` has it now; or it may not yet, and `answer` says why."""

    incoming: Incoming
    answer: JsonObject = field(default_factory=dict[str, Json])
    is_allowed: bool = True
    outcome: str = "refused"  # of a call that may not run, as the journal tells it
    approval_id: UUID | None = None
    # What a server's own question is wrapped in, so that the word need not be asked for again.
    bound: str | None = None


class Consents:
    """Asks, and takes what was answered."""

    def __init__(self, sealer: FactSeal, redis: Redis) -> None:
        """Take what seals, and where each number is seen once."""
        self._sealer = sealer
        self._redis = redis

    async def seek(
        self, incoming: Incoming, spec: ToolSpec, arguments: JsonObject, *, bound: str
    ) -> Admitted:
        """Let a call run that its user agreed to, else have them asked."""
        state = incoming.params.get("requestState")
        facts = self._sealer.open(state) if isinstance(state, str) else None
        approval = None if facts is None else facts.get("approval")
        if facts is None or facts.get("bound") != _digest(bound) or not isinstance(approval, str):
            return self._ask(incoming, spec, arguments, bound=bound)
        approval_id = UUID(approval)
        if not await self._is_first_use(str(facts.get("number"))):
            text = f"{spec.name} was not run: the answer was used before."
            return _refused(incoming, text, approval_id=approval_id)
        if not facts.get("is_agreed") and not _is_accepted(incoming):
            text = f"{spec.name} was not run: its user did not agree."
            return _refused(incoming, text, outcome="denied", approval_id=approval_id)
        passed_on = _without_question(incoming, facts.get("state"))
        return Admitted(passed_on, approval_id=approval_id, bound=bound)

    def wrapped(self, result: JsonObject, *, admitted: Admitted, bound: str) -> JsonObject:
        """Seal the word into what a server asks on its own account."""
        if result.get("resultType") != "input_required":
            return result
        state = {"is_agreed": True, "state": result.get("requestState")}
        sealed = self._sealed(state, bound=bound, approval_id=admitted.approval_id)
        return {**result, "requestState": sealed}

    def _ask(
        self, incoming: Incoming, spec: ToolSpec, arguments: JsonObject, *, bound: str
    ) -> Admitted:
        if "elicitation" not in incoming.capabilities:
            return _refused(
                incoming,
                f"{spec.name} was not run: the operator's rules want a person to agree, and this"
                " client cannot ask its user. Use a client that supports elicitation, ask in"
                " Sophia's chat, or have the operator change the rule for you.",
            )
        shown = orjson.dumps(dict(arguments), option=orjson.OPT_INDENT_2).decode()
        question: JsonObject = {
            "method": "elicitation/create",
            "params": {
                "mode": "form",
                "message": f"May {spec.title or spec.name} ({spec.name}) run with these arguments?"
                f"\n{shown[:_MAX_SHOWN]}",
                "requestedSchema": {"type": "object", "properties": {}},
            },
        }
        approval_id = uuid4()
        answer: JsonObject = {
            "resultType": "input_required",
            "inputRequests": {QUESTION: question},
            "requestState": self._sealed(
                {"is_agreed": False}, bound=bound, approval_id=approval_id
            ),
        }
        return Admitted(
            incoming, answer, is_allowed=False, outcome="asked", approval_id=approval_id
        )

    def _sealed(self, facts: Mapping[str, Json], *, bound: str, approval_id: UUID | None) -> str:
        numbered = {"bound": _digest(bound), "approval": str(approval_id), "number": str(uuid4())}
        return self._sealer.seal({**facts, **numbered}, ttl_s=_TTL_S)

    async def _is_first_use(self, number: str) -> bool:
        try:
            return bool(await self._redis.set(_SEEN + number, 1, nx=True, ex=_TTL_S))
        except REDIS_ERRORS:
            return False


def _is_accepted(incoming: Incoming) -> bool:
    responses = incoming.params.get("inputResponses")
    answer = responses.get(QUESTION) if isinstance(responses, Mapping) else None
    return isinstance(answer, Mapping) and answer.get("action") == "accept"


def _without_question(incoming: Incoming, state: Json) -> Incoming:
    """Take out of a request what was only for us; a server sees its own state again."""
    params = dict(incoming.params)
    params.pop("requestState", None)
    responses = cast("Mapping[str, Json]", params.pop("inputResponses", {}))
    left = {key: value for key, value in responses.items() if key != QUESTION}
    if left:
        params["inputResponses"] = left
    if state is not None:
        params["requestState"] = state
    return replace(incoming, params=params)


def _refused(
    incoming: Incoming, text: str, *, outcome: str = "refused", approval_id: UUID | None = None
) -> Admitted:
    return Admitted(
        incoming, failed(text), is_allowed=False, outcome=outcome, approval_id=approval_id
    )


def failed(text: str) -> JsonObject:
    """Lay out a failure as a tool's answer: that is what a model reads."""
    return {
        "resultType": "complete",
        "content": [{"type": "text", "text": text}],
        "isError": True,
    }


def _digest(bound: str) -> str:
    return hashlib.sha256(bound.encode()).hexdigest()

"""Which calls of a client run: the operator's rules, a person's word, and so many in a minute.

A rule that says `ask` has the client ask its user, as MCP has it (an elicitation); what the client
brings back is bound to this very call, for a short time and once.
"""

import math
from collections.abc import Iterable

from sophia.core.messages import JsonObject, ToolSpec
from sophia.core.permission import Verdict, arguments_hash, verdict_on
from sophia.gateway.consent import Admitted, Consents, failed
from sophia.gateway.rpc import Incoming
from sophia.gateway.rules import RuleBook
from sophia.identity.schemas import Viewer
from sophia.limits.bucket import Bucket
from sophia.limits.limiter import Limiter


class CallGate:
    """Decides by code alone."""

    def __init__(
        self, rules: RuleBook, consents: Consents, limiter: Limiter, *, quota: int
    ) -> None:
        """Take the rules, what asks people, and how many calls of one tool a minute has."""
        self._rules = rules
        self._consents = consents
        self._limiter = limiter
        self._quota = quota

    async def allowed(self, viewer: Viewer, specs: Iterable[ToolSpec]) -> frozenset[str]:
        """Give the names of the tools that no rule denies."""
        rules = await self._rules.of(viewer)
        return frozenset(spec.name for spec in specs if verdict_on(spec, rules) is not Verdict.DENY)

    async def admit(
        self, incoming: Incoming, spec: ToolSpec, arguments: JsonObject, viewer: Viewer
    ) -> Admitted:
        """Let a call run, have its user asked, or refuse it."""
        verdict = verdict_on(spec, await self._rules.of(viewer))
        if verdict is Verdict.DENY:
            text = f"The operator's rules do not allow {spec.name} to you. It was not run."
            return Admitted(incoming, failed(text), is_allowed=False)
        wait_s = await self._wait_s(spec, viewer)
        if wait_s:
            text = (
                f"{spec.name} was not run: {self._quota} calls of it in a minute are allowed."
                f" Try again in {wait_s} s."
            )
            return Admitted(incoming, failed(text), is_allowed=False)
        if verdict is Verdict.ALLOW:
            return Admitted(incoming)
        bound = f"{viewer.user_id} {spec.name} {arguments_hash(arguments)}"
        return await self._consents.seek(incoming, spec, arguments, bound=bound)

    def settled(self, admitted: Admitted, result: JsonObject) -> JsonObject:
        """Give a result as the client is to see it."""
        if admitted.bound is None:
            return result
        return self._consents.wrapped(result, bound=admitted.bound)

    async def _wait_s(self, spec: ToolSpec, viewer: Viewer) -> int:
        bucket = Bucket("tool", f"{viewer.user_id}:{spec.name[:100]}", self._quota)
        verdict = await self._limiter.spend(bucket, route="tools/call")
        return 0 if verdict.refused_by is None else math.ceil(verdict.refused_by.wait_s)

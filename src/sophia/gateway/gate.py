"""Which calls of a client run: the operator's rules, and a person's word.

A rule that says `ask` has the client ask its user, as MCP has it (an elicitation); what the client
brings back is bound to this very call, for a short time and once.
"""

from sophia.core.messages import JsonObject, ToolSpec
from sophia.core.permission import Verdict, arguments_hash, verdict_on
from sophia.gateway.consent import Admitted, Consents, failed
from sophia.gateway.rpc import Incoming
from sophia.gateway.rules import RuleBook
from sophia.identity.guard import require_scope
from sophia.identity.schemas import Scope, Viewer


class CallGate:
    """Decides by code alone."""

    def __init__(self, rules: RuleBook, consents: Consents) -> None:
        """Take the rules, and what asks people."""
        self._rules = rules
        self._consents = consents

    async def admit(
        self, incoming: Incoming, spec: ToolSpec, arguments: JsonObject, viewer: Viewer
    ) -> Admitted:
        """Let a call run, have its user asked, or refuse it; raises ScopeMissingError."""
        if not spec.is_read_only:
            require_scope(viewer, Scope.TOOLS_CALL)
        verdict = verdict_on(spec, await self._rules.of(viewer))
        if verdict is Verdict.DENY:
            text = f"The operator's rules do not allow {spec.name} to you. It was not run."
            return Admitted(incoming, failed(text), is_allowed=False)
        if verdict is Verdict.ALLOW:
            return Admitted(incoming)
        bound = f"{viewer.user_id} {spec.name} {arguments_hash(arguments)}"
        return await self._consents.seek(incoming, spec, arguments, bound=bound)

    def settled(self, admitted: Admitted, result: JsonObject) -> JsonObject:
        """Give a result as the client is to see it."""
        if admitted.bound is None:
            return result
        return self._consents.wrapped(result, admitted=admitted, bound=admitted.bound)

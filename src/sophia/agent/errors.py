"""What can end a turn in the loop."""

from sophia.kit.errors import Kind, SophiaError


class BudgetExhaustedError(SophiaError):
    """The turn used up its budget: ask for less at once, or raise the limit in the settings."""

    kind = Kind.EXHAUSTED
    code = "turn.budget_exhausted"

"""What one turn may use up."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of one turn: calls of the model, tokens, of recall too, and seconds."""

    max_steps: int = 16
    max_tokens: int = 200_000
    timeout_s: float = 600
    tool_timeout_s: float = 10
    max_history_chars: int = 200_000
    recall_tokens: int = 800
    recall_timeout_s: float = 2

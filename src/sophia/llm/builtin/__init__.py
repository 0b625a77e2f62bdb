"""The built-in assistant: deterministic, no weights."""

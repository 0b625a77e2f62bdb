"""The GPU machines at Lambda: how they are, what they cost, and what they have cost."""

"""The journal of who did what: append-only, chained, checked."""

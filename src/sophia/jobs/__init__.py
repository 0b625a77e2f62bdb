"""Background work other than turns, on procrastinate."""

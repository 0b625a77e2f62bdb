"""A turn's events while it is live."""

"""A stand-in for Asana."""

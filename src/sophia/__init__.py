"""Sophia, a self-hosted AI operations desk."""

__version__ = "0.1.0"

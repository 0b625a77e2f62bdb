"""Codacy: its API v3, and analysis on this machine that needs no account."""

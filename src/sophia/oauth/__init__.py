"""Sophia as an authorization server: applications that a person connects to her gateway."""

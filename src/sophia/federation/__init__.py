"""Signing in by another's word: an OpenID provider."""

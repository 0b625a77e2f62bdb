"""Conversations as files: out of Sophia and into her again."""

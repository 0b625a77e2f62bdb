"""Turns that begin by the clock."""

"""Turns that begin by the clock, or when something happens at a vendor."""

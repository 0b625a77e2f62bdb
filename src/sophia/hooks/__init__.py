"""Webhooks: what vendors tell by themselves keeps caches fresh and begins turns."""

"""Asking machines that a user or a third party named, without being turned against our own."""

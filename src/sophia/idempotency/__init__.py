"""Requests that may be sent again: a repeat is answered as the first one was."""

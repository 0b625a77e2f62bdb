"""The text of files that strangers made, with its structure, within bounds."""

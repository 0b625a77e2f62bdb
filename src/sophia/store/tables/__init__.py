"""One file of tables per feature."""

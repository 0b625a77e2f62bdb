"""MCP servers and others that are commands: children, under limits, leaving nothing behind."""

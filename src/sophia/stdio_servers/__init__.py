"""MCP servers that are commands: run as children, under limits, leaving nothing behind."""

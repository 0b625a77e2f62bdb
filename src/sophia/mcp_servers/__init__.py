"""MCP servers of others that the operator registered."""

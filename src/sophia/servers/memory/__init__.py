"""AI Memory, the MCP server on port 9001."""

"""GitHub, the MCP server on port 9103."""

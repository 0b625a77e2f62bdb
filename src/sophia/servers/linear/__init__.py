"""Linear, the MCP server on port 9004."""

"""The MCP server for Asana."""

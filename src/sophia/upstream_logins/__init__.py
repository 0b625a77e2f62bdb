"""People's own logins at MCP servers that others run: OAuth, with Sophia as the client."""

"""The MCP client side: catalogue, sessions, calls."""

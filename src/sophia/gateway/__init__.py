"""The MCP gateway: all servers behind one URL, and each behind one of its own."""

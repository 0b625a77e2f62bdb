"""The MCP server for Lambda Labs: GPU machines, what they cost, and the machine it runs on."""

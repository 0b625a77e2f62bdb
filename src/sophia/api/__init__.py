"""The HTTP process: REST, SSE, WebSocket, console, health."""

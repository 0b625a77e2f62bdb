"""What the suite starts as the client of a scenario: it tells whoever waits at a socket.

A program of its own, in the standard library alone: `python -I -S messenger.py SOCKET URL`. To
start all of Sophia for each of some fifty scenarios would take minutes.
"""

import json
import os
import socket
import sys

with socket.socket(socket.AF_UNIX) as way:
    way.connect(sys.argv[1])
    said = {name: value for name, value in os.environ.items() if name.startswith("MCP_CONFORMANCE")}  # noqa: TID251 - what the suite says
    way.sendall(json.dumps({**said, "url": sys.argv[2]}).encode() + b"\n")
    with way.makefile() as told:
        problem = told.read()
sys.exit(problem or 0)

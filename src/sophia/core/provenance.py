"""How it is told that a text comes from strangers."""

# The key in the `_meta` of an MCP result, resource or listed tool: true where the words are other
# people's, and with them perhaps instructions that nobody here gave.
UNTRUSTED_KEY = "sophia/untrusted"

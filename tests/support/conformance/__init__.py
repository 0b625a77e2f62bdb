"""The official conformance suite, and the servers that it is run against."""

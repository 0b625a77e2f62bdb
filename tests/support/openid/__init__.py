"""OpenID providers for tests: a certified one in Node, and one in Python that lies as told."""

"""A stand-in for GitHub's REST API: the repository of the sandbox's team."""

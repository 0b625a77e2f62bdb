"""A stand-in for Codacy's API v3: the analysis of the sandbox team's repository."""

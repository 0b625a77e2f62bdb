"""Documents: read, split by their structure, kept as memories that know their page and heading."""

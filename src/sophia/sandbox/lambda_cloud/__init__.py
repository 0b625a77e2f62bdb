"""A stand-in for Lambda's Cloud API, and for the Prometheus that watches its machines."""

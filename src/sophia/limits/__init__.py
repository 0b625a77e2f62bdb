"""How often: token buckets and counted attempts, shared by all processes through Redis."""

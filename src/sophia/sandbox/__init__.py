"""Stand-ins for the vendors' APIs: one small team's work, in memory, on loopback."""

"""Stand-ins for GitHub, Linear, Asana and Codacy: one small team's work, in memory, on loopback."""

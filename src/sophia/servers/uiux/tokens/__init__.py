"""Design tokens as the W3C's community group writes them (DTCG 2025.10)."""

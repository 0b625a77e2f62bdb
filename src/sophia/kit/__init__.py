"""Domain-free tools. Imports nothing of Sophia."""

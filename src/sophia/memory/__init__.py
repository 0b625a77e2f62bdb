"""What Sophia was told, and finding it again."""

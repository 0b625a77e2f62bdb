"""Embeddings: texts as points, the nearer the likelier they mean the same."""

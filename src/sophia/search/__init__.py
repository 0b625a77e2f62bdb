"""Finding what was said in one's conversations."""

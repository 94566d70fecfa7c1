"""Training of many small networks at once, and what becomes of the starts."""

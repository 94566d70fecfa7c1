"""Floating-point arithmetic as a claim means it: formats, sets of possible results, and the reading of a formula."""

"""Exact algebra: expressions as quotients of polynomials in parameters, exponentials, roots and logarithms."""

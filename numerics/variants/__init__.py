"""Searching attention functions for violated properties: running-error analysis, structured draws, shrinking."""

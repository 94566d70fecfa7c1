"""Provers: each looks for evidence of one kind and returns it as plain data, or None."""

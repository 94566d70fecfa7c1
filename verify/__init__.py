"""attnverify: check theorems about attention networks, with evidence.

Importing this package loads the standard library only; everything heavy is imported where it is used.
"""

__version__ = "0.1.0"

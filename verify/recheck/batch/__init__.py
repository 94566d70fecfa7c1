"""The part of the checker that looks at thousands of boxes at once, and the only part that needs NumPy.

Covers of a domain have thousands of boxes to millions. What is trusted here is IEEE arithmetic on arrays
(:mod:`verify.recheck.batch.lanes` says what exactly, and why the results enclose the truth), loaded only when a
certificate holds such a cover.
"""

"""Theorems about attention masks, sample complexity and loss landscapes: our formalisations of the seed paper."""

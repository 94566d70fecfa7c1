"""What the formats share: the report as a value, and how its texts, formulas and pictures are made."""

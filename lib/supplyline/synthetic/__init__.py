"""Receipts and clickstream for shops whose data has none: seeded, true to the real sales, marked simulated."""

ORIGIN = "simulated"
SOURCE = "synthetic"

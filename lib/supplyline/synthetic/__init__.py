"""Stock receipts and clickstream for shops whose data has none: seeded, consistent with the real sales, marked simulated."""

ORIGIN = "simulated"
SOURCE = "synthetic"

"""Gold tables: one module a family, Spark DataFrames in, a DataFrame out; no session, no reading, no writing."""

"""Spark: the session, tables in and out, running domain functions over groups."""

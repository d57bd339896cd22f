"""Batch jobs: one a file, each a module of `supplyline run` and a script of spark-submit."""

"""Flink jobs: one a file, each a module of `supplyline stream` and a script of `flink run -py`."""

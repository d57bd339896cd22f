"""The live side: Flink's environment, sources, windows, rules compiled to SQL, and sinks."""

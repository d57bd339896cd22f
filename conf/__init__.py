"""Shipped configuration: contracts, source mappings, rules, jars."""

"""Supplyline: what will sell, what to reorder, and what is going wrong right now."""

__version__ = "0.1.0"

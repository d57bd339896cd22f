"""Compiled recursions and likelihoods: numpy arrays in and out, one series a call of an inner function."""

"""Sequence to sequence: a text from a text."""

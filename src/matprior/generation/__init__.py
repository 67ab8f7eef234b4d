"""Proposing compositions: networks that write formulas, rules for what they write, and its scores."""

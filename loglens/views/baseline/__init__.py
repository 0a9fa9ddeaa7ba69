"""Baselines for people: what one holds, and what changed."""

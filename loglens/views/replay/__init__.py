"""Stopping rules over many runs, rendered: text, JSON, markdown."""

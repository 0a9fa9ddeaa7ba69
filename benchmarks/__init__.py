"""Measurements that take longer than a test may, each one command."""

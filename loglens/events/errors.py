"""Errors for people: what was wrong, where, and what to do next."""

from __future__ import annotations


class LogLensError(Exception):
    """Bad input, told in words a user can act on; the command line prints it and exits with 2."""


class NotAnEventFileError(LogLensError):
    """The file is not a TensorBoard event file; the message names the file and what it is instead."""

"""The text for people on a terminal: a summary of many runs, or one run in full."""

from loglens.views.text.look import Look
from loglens.views.text.render import render

__all__ = ["Look", "render"]

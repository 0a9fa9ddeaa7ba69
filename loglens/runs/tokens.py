"""A tag's text as words: components, whole tokens, protected names."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=65536)
def words(text: str) -> tuple[str, ...]:
    """Whole lower-case tokens, split at punctuation, camelCase and digits that follow a longer word."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", text)
    spaced = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", spaced)
    return tuple(token for token in re.split(r"[^a-z0-9]+", spaced.lower()) if token)

"""JSON: every reading, with a `schema` key."""

from __future__ import annotations

import json

from loglens.gate.comparison import Comparison
from loglens.jsonform import to_plain


def render(comparison: Comparison) -> str:
    """The comparison as indented JSON; numbers that are not finite are null."""
    plain = to_plain(comparison)
    return json.dumps({"schema": plain.pop("schema"), **plain}, allow_nan=False, indent=1, ensure_ascii=False) + "\n"

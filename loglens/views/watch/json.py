"""A change or the end of a watch as one line of JSON."""

from __future__ import annotations

import json

from loglens.changes import Change, End
from loglens.jsonform import to_plain


def render(told: Change | End) -> str:
    """The line, without a new line at its end."""
    return json.dumps({"schema": told.schema, **to_plain(told)}, separators=(",", ":"), allow_nan=False)

"""JSON: every rule, with a `schema` key."""

from __future__ import annotations

import json

from loglens.gate.replay import Replay
from loglens.jsonform import to_plain


def render(replay: Replay) -> str:
    """The replay as indented JSON; numbers that are not finite are null."""
    plain = to_plain(replay)
    return json.dumps({"schema": plain.pop("schema"), **plain}, allow_nan=False, indent=1, ensure_ascii=False) + "\n"

"""What the installed LogLens says of a log directory, as JSON: run it with `python -I` in any environment."""

import json
import sys

import loglens
from loglens.events.errors import LogLensError

try:
    report = loglens.analyze(sys.argv[1]).to_plain()
    read = loglens.read_scalars(sys.argv[1])
    series = [[k.dir, k.tag, s.steps.tolist(), [repr(v) for v in s.values.tolist()]] for k, s in read.items()]
    print(json.dumps({"report": report, "series": series, "message": ""}))
except LogLensError as error:
    print(json.dumps({"report": None, "series": [], "message": str(error)}))

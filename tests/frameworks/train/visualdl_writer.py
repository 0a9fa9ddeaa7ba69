"""PaddlePaddle's VisualDL: another format; LogLens must say so."""

import json
import sys
from pathlib import Path

from visualdl import LogWriter

from tests.frameworks.train.common import Reported

with LogWriter(logdir=str(Path(sys.argv[1]) / "sane")) as writer:
    for step in range(20):
        writer.add_scalar("train/loss", 1 / (step + 1), step)
reported = Reported("VisualDL", ["visualdl"])
reported.facts["refused"] = "VisualDL"
(reported.out / "reported.json").write_text(json.dumps(reported.facts) + "\n", encoding="utf-8")

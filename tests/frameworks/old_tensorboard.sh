#!/usr/bin/env bash
# The panel under the TensorBoard that TensorFlow 2.20 pins (tensorboard~=2.20.0; 2.21 pins none), in an environment of
# its own: every mode of the command, and the tab in Chromium. Usage: old_tensorboard.sh [VERSION] [ENVIRONMENT]
set -euo pipefail
cd "$(dirname "$0")/../.."
version="${1:-2.20.0}"
environment="${2:-$(mktemp -d)/environment}"
[ -x "$environment/bin/python" ] || python3 -m venv "$environment"
# TensorBoard 2.20 imports pkg_resources, which setuptools 82 removed.
"$environment/bin/pip" install --quiet "tensorboard==$version" "setuptools<82" numpy scipy click rich plotly google-crc32c
export LOGLENS_TENSORBOARD_PYTHON="$environment/bin/python"
"${PYTHON:-python3}" -m pytest tests/panel/test_tensorboard.py tests/panel/test_browser.py

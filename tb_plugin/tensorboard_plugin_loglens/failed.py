"""The tab that is shown when the plugin itself cannot be loaded: what failed, and what to do."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Mapping
from typing import Any

import werkzeug
from tensorboard.backend import http_util
from tensorboard.plugins import base_plugin

SCRIPT = """
const add = (tag, text) => document.body.append(Object.assign(document.createElement(tag), { textContent: text }));
export function render() {
  document.documentElement.lang = "en";
  const style = { font: "15px/1.5 system-ui, sans-serif", maxWidth: "62ch", margin: "48px auto", padding: "0 16px" };
  Object.assign(document.body.style, style);
  try {
    if (parent.document.body.classList.contains("dark-mode")) document.body.style.color = "#e8ebf1";
  } catch {}
  add("h1", "LogLens could not start");
  add("p", MESSAGE);
  add("p", "TensorBoard itself is not affected. Usually a package is missing or too old:");
  add("pre", COMMAND);
}
"""


class FailedPlugin(base_plugin.TBPlugin):  # type: ignore[misc]  # tensorboard ships no types
    """A tab with one message; it needs nothing but TensorBoard."""

    plugin_name = "loglens"

    def __init__(self, context: Any, error: Exception) -> None:
        del context
        self._message = f"{type(error).__name__}: {error}"
        logging.getLogger(__name__).warning("LogLens could not start: %s", self._message)

    def get_plugin_apps(self) -> Mapping[str, Callable[..., Any]]:
        return {"/failed.js": werkzeug.Request.application(self._script)}

    def is_active(self) -> bool:
        return True

    def frontend_metadata(self) -> Any:
        return base_plugin.FrontendMetadata(es_module_path="/failed.js", tab_name="LogLens", disable_reload=True)

    def _script(self, request: werkzeug.Request) -> Any:
        command = f"{sys.executable} -m pip install --upgrade loglens"
        head = f"const MESSAGE = {json.dumps(self._message)}, COMMAND = {json.dumps(command)};"
        return http_util.Respond(request, head + SCRIPT, "text/javascript")

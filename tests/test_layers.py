"""The layout is the architecture: imports point down the floors of docs/architecture.md only."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS: dict[str, int] = {
    "loglens.events": 0,
    "loglens.runs": 1,
    "loglens.statistics": 1,
    "loglens.verdict": 2,
    "loglens.report": 2,
    "loglens.prepared": 2,
    "loglens.detector": 2,
    "loglens.jsonform": 2,
    "loglens.later": 2,
    "loglens.positional": 2,
    "loglens.health": 2,
    "loglens.digits": 2,
    "loglens.lead": 2,
    "loglens.notebook": 2,
    "loglens.schema": 2,
    "loglens.detectordoc": 2,
    "loglens.detectors": 3,
    "loglens.config": 4,
    "loglens.pipeline": 4,
    "loglens.display": 4,
    "loglens.judge": 4,
    "loglens.engines": 4,
    "loglens.exit_codes": 4,
    "loglens.dask_engine": 4,
    "loglens.measure": 4,
    "loglens.packed": 4,
    "loglens.stamp": 4,
    "loglens.cache": 4,
    "loglens.following": 4,
    "loglens.changes": 4,
    "loglens.watching": 4,
    "loglens.inventory": 4,
    "loglens.gate": 5,
    "loglens.views": 6,
    "loglens.cli": 7,
    "loglens.testing": 7,
    "loglens.pytest_plugin": 7,
    "tensorboard_plugin_loglens": 7,
}
FACADE = {"loglens", "loglens.__main__"}  # the public names, loaded lazily: they stand beside the house
APART = "loglens.trainer"


def modules() -> list[tuple[str, Path]]:
    files = [(ROOT, path) for path in sorted((ROOT / "loglens").rglob("*.py"))]
    plugin = ROOT / "tb_plugin"
    files += [(plugin, path) for path in sorted(plugin.rglob("*.py"))]
    return [(dotted(path.relative_to(root)), path) for root, path in files]


def dotted(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path, module: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} uses a relative import; write it out"
            found.add(node.module or "")
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {name for name in found if name.split(".")[0] in ("loglens", "tensorboard_plugin_loglens")}


def floor_of(module: str) -> int | None:
    matches = [name for name in FLOORS if module == name or module.startswith(name + ".")]
    return FLOORS[max(matches, key=len)] if matches else None


@pytest.mark.parametrize(("module", "path"), modules(), ids=lambda value: value if isinstance(value, str) else "")
def test_imports_point_down(module: str, path: Path) -> None:
    if module in FACADE:
        return
    if module == APART or module.startswith(APART + "."):
        allowed = {"loglens.events", "loglens.trainer"}
        for imported in imports_of(path, module) - {"loglens"}:
            assert any(imported.startswith(name) for name in allowed), f"{module} imports {imported}"
        return
    floor = floor_of(module)
    assert floor is not None, f"{module} stands on no floor: add it to FLOORS and docs/architecture.md"
    for imported in imports_of(path, module):
        below = floor_of(imported)
        if below is not None:
            assert below <= floor, f"{module} (floor {floor}) imports {imported} (floor {below})"
        assert not imported.startswith(APART) or module.startswith("loglens.cli"), f"{module} imports the trainer"


def test_torch_is_imported_in_the_trainer_only() -> None:
    for module, path in modules():
        if not module.startswith(APART):
            names = [
                n.name
                for node in ast.walk(ast.parse(path.read_text()))
                if isinstance(node, ast.Import)
                for n in node.names
            ]
            names += [
                node.module or "" for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)
            ]
            assert not any(name.split(".")[0] == "torch" for name in names), module


def test_views_compute_nothing() -> None:
    for module, path in modules():
        if module.startswith(("loglens.views", "loglens.cli")):
            for imported in imports_of(path, module):
                assert not imported.startswith("loglens.statistics"), f"{module} imports {imported}"

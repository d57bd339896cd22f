"""Who may import whom, read from the imports themselves: see the map in ARCHITECTURE.md."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.small_checkout import PROJECT

LIBRARY = PROJECT / "lib" / "supplyline"
ENGINES = {"pyspark", "pyflink", "delta", "deltalake"}

# Room → layer; a room imports from its own layer (other rooms too) and from those below, never from one above.
LAYERS = (
    {"errors", "logs", "frame_checks"},
    {"machine", "jars", "library_zip", "kernel_cache", "compiled_kernels"},
    {"config", "tables"},
    {"forecasting", "inventory", "behaviour", "customers", "orders", "deliveries", "alerts", "synthetic", "sources"},
    {"marts", "spark", "flink", "publishing", "query", "report"},
    {"cli", "api"},
    {"jobs", "streaming"},
)
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}
DOMAIN = LAYERS[3]
# A room → what it must not import although its layer would allow it, with the reason.
NEVER = {
    "spark": {"flink", "pyflink"},  # each engine can be left out of an installation
    "flink": {"spark", "pyspark"},
    "query": {"spark", "flink", "pyspark", "pyflink"},  # answers without a JVM
}


def _sources() -> list[Path]:
    folders = [LIBRARY, PROJECT / "jobs", PROJECT / "streaming"]
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def _room(path: Path) -> str:
    """First folder or module below the package; jobs and streaming are rooms of their own."""
    inside = path.relative_to(LIBRARY if path.is_relative_to(LIBRARY) else PROJECT)
    return inside.parts[0].removesuffix(".py")


def _imports(path: Path) -> Iterator[str]:
    """Full names of imported modules, those inside functions and of relative imports too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _rooms_imported(path: Path) -> set[str]:
    """Rooms of ours and top-level names of others."""
    names = (name.split(".") for name in _imports(path))
    return {parts[1] if parts[0] == "supplyline" and len(parts) > 1 else parts[0] for parts in names} - {"supplyline"}


def test_every_room_has_a_layer() -> None:
    rooms = {_room(path) for path in _sources()} - {"__init__"}
    assert rooms <= LEVEL.keys(), "add the room to LAYERS and to ARCHITECTURE.md"


@pytest.mark.parametrize("path", _sources(), ids=lambda path: str(path.relative_to(PROJECT)))
def test_imports_go_downwards(path: Path) -> None:
    room = _room(path)
    imported = _rooms_imported(path)
    upwards = {other for other in imported if LEVEL.get(other, 0) > LEVEL.get(room, 0)}
    assert not upwards, f"{room} imports from rooms above it"
    assert not imported & NEVER.get(room, set())
    assert not imported & {"jobs", "streaming"} - {room}, "the command line starts programs by name and imports none"


@pytest.mark.parametrize("room", sorted(DOMAIN | {"tables", "config", "marts"}))
def test_the_domain_imports_no_engine(room: str) -> None:
    allowed = {"pyspark"} if room == "marts" else set()  # marts are Spark DataFrames in, a DataFrame out
    for path in (path for path in _sources() if _room(path) == room):
        assert not _rooms_imported(path) & ENGINES - allowed, path


def test_marts_start_no_session_and_touch_no_table() -> None:
    for path in (path for path in _sources() if _room(path) == "marts"):
        text = path.read_text(encoding="utf-8")
        assert "supplyline.spark.tables" not in text, path
        assert "SparkSession" not in text, path


def test_set_up_needs_the_standard_library_alone() -> None:
    """machine and jars run before anything is installed, or as the first thing of every make target."""
    standard = {"argparse", "collections", "csv", "dataclasses", "hashlib", "importlib", "os", "pathlib", "re"}
    standard |= {"shutil", "subprocess", "sys", "__future__", "fcntl", "contextlib"}
    for path in (LIBRARY / "machine.py", LIBRARY / "jars.py", PROJECT / "tools" / "setup_environment.py"):
        assert _rooms_imported(path) <= standard | {"errors", "machine"}, path

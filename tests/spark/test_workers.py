"""What a worker does between tasks: its libraries are out of the garbage collector's way, and zips still import."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

SCRIPT = """
import gc, sys
from zipimport import zipimporter
sys.path.append(sys.argv[1])
import inside_one
assert any(isinstance(finder, zipimporter) for finder in sys.path_importer_cache.values())
from supplyline.spark.workers import lighten_worker
lighten_worker()
held = gc.get_freeze_count()
assert held > 1000, held
assert not any(isinstance(finder, zipimporter) for finder in sys.path_importer_cache.values())
import inside_two
ring = []
ring.append(ring)
del ring
assert gc.collect() >= 1, "garbage made later is still found"
lighten_worker()
assert gc.get_freeze_count() <= held, "frozen once: later garbage is not kept"
print(inside_one.NAME, inside_two.NAME)
"""


def test_libraries_are_frozen_once_and_modules_in_zips_are_still_found(tmp_path: Path) -> None:
    library = tmp_path / "library.zip"
    with zipfile.ZipFile(library, "w") as archive:
        for name in ("one", "two"):
            archive.writestr(f"inside_{name}.py", f"NAME = {name!r}\n")
    done = subprocess.run([sys.executable, "-c", SCRIPT, library], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["one", "two"], done.stderr

"""Python workers that cost nothing between two tasks."""

from __future__ import annotations

import gc
import sys
from functools import cache
from zipimport import zipimporter


def lighten_worker() -> None:
    """Spare this worker what Spark does before and after each task: a tenth of a second with the libraries loaded.

    After a task Spark's daemon collects garbage, which looks at every object of every library; what the first task
    loaded is frozen. Before one it has all import caches read anew, the directory of Spark's own jar and zips among
    them; zips need no look, they don't change, and an import that wants one opens it again.
    """
    _freeze_libraries()
    for path in [path for path, finder in sys.path_importer_cache.items() if isinstance(finder, zipimporter)]:
        del sys.path_importer_cache[path]


@cache
def _freeze_libraries() -> None:
    gc.collect()
    gc.freeze()

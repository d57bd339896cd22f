"""The whole demo after installation, twice into one warehouse: seconds, peak memory, and are the tables the same?

Memory is the sum of the resident sets of the process and all it started, looked at twice a second; pages that
processes share count once for each, so the true figure is lower. Aims: 150 s and 5 GB on 2 cores.
Writes benchmarks/results/demo.json.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from supplyline.config import load_settings
from supplyline.query import connect
from supplyline.tables import all_tables

AIM_SECONDS, AIM_GB, RUNS = 150, 5.0, 2
RESULT = Path(__file__).with_name("results") / "demo.json"
COMMAND = "from supplyline.cli.main import app_main; app_main()"


def main() -> None:
    """Run it, print and write the figures; exit 1 where the second run's tables differ."""
    with tempfile.TemporaryDirectory() as folder:
        runs, contents = [], []
        for _ in range(RUNS):
            runs.append(measure([sys.executable, "-c", COMMAND, "demo", "--warehouse", folder]))
            contents.append(fingerprints(folder))
    differing = sorted(name for name in contents[0] if contents[0][name] != contents[1][name])
    result = {"runs": runs, "tables": len(contents[0]), "differing": differing}
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    for number, run in enumerate(runs, 1):
        print(f"run {number}: {run['seconds']:.0f} s (aim {AIM_SECONDS}), {run['gigabytes']:.1f} GB (aim {AIM_GB:.0f})")
    print(f"tables that differ after the second run: {', '.join(differing) or 'none'} of {len(contents[0])}")
    raise SystemExit(1 if differing else 0)


def measure(command: list[str]) -> dict[str, float]:
    """Wall seconds and peak memory of a command and all it starts."""
    started, peak = time.monotonic(), 0
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while process.poll() is None:
        peak = max(peak, resident_kilobytes(process.pid))
        time.sleep(0.5)
    if process.returncode:
        raise SystemExit(f"the demo failed with code {process.returncode}")
    return {"seconds": time.monotonic() - started, "gigabytes": peak / 1024**2}


def resident_kilobytes(root: int) -> int:
    """Sum of the resident sets of a process and its descendants."""
    answer = subprocess.run(["ps", "-e", "-o", "pid=,ppid=,rss="], capture_output=True, text=True, check=True)
    rows = [tuple(map(int, line.split())) for line in answer.stdout.splitlines()]
    family, grown = {root}, True
    while grown:
        children = {pid for pid, parent, _ in rows if parent in family} - family
        family, grown = family | children, bool(children)
    return sum(resident for pid, _, resident in rows if pid in family)


def fingerprints(folder: str) -> dict[str, tuple[object, ...]]:
    """Table → rows and a hash of its content that does not depend on their order."""
    connection = connect(load_settings(warehouse=folder))
    found = {}
    for name, table in sorted(all_tables().items()):
        if (Path(folder) / table.layer / name / "_delta_log").is_dir():
            question = f"SELECT count(*), bit_xor(hash(t)), sum(hash(t)::HUGEINT) FROM {name} AS t"
            found[name] = tuple(connection.sql(question).fetchall()[0])
    connection.close()
    return found


if __name__ == "__main__":
    main()

"""The Java libraries of conf/jars/ivy.xml: where they lie, whether they are whole, and fetching them.

`python -m supplyline.jars` fetches what is missing or damaged. Standard library alone, so that it starts at once.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import supplyline
from supplyline.errors import SetupError, exit_cleanly
from supplyline.machine import find_java


@dataclass(frozen=True)
class Jar:
    """One line of conf/jars/jars.sha256."""

    configuration: str
    file_name: str
    sha256: str

    @property
    def path(self) -> Path:
        """Where the file should be; it need not exist."""
        return jar_root() / self.configuration / self.file_name


def expected_jars(configuration: str | None = None) -> tuple[Jar, ...]:
    """Jars of a configuration of ivy.xml (spark, flink, kafka), or of all of them."""
    text = resources.files("supplyline.conf").joinpath("jars", "jars.sha256").read_text(encoding="utf-8")
    lines = (line.replace("/", " ").split() for line in text.splitlines())
    jars = (Jar(folder, file_name, digest) for digest, folder, file_name in lines)
    return tuple(jar for jar in jars if configuration in (None, jar.configuration))


def jar_paths(configuration: str) -> list[Path]:
    """Absolute paths of a configuration's jars; SetupError where one is missing or the configuration is unknown.

    Names come from the checksum list and not from the folder: two versions of a library must not meet on a class path.
    """
    jars = expected_jars(configuration)
    if not jars:
        known = ", ".join(sorted({jar.configuration for jar in expected_jars()}))
        raise SetupError(
            f"no jar configuration {configuration!r}", where="conf/jars/ivy.xml", fix=f"use one of {known}"
        )
    missing = [jar.path.name for jar in jars if not jar.path.is_file()]
    if missing:
        raise SetupError(
            f"missing jar {', '.join(missing)}",
            where=str(jar_root() / configuration),
            fix="run `make setup` in the checkout, or name the folder that has them in SUPPLYLINE_JARS",
        )
    return [jar.path for jar in jars]


def damaged_jars() -> list[Jar]:
    """Jars that are missing or whose content is not the recorded one."""
    return [jar for jar in expected_jars() if not jar.path.is_file() or _sha256(jar.path) != jar.sha256]


def jar_root() -> Path:
    """SUPPLYLINE_JARS, else jars/ of the checkout the library runs from, else jars/ of the working directory."""
    named = os.environ.get("SUPPLYLINE_JARS")
    if named:
        return Path(named).resolve()
    checkout = checkout_root()
    return (checkout or Path.cwd()) / "jars"


def checkout_root() -> Path | None:
    """Folder of the checkout the library runs from, None where it is installed or inside a zip."""
    root = Path(supplyline.__file__).resolve().parents[2]
    return root if (root / "setup.py").is_file() else None


def fetch_jars() -> None:
    """Fetch what is missing or damaged; SetupError where it can't be had."""
    _retrieve(damaged_jars())
    if damaged_jars():
        shutil.rmtree(_cache())  # a damaged download would come back out of Ivy's cache for ever
        _retrieve(damaged_jars())
    still = [jar.file_name for jar in damaged_jars()]
    if still:
        raise SetupError(
            f"not as recorded: {', '.join(still)}",
            where="conf/jars/jars.sha256",
            fix="run `make record-jars` if ivy.xml changed; else ask what answers for the Java registry",
        )


def record_jars() -> None:
    """Fetch everything ivy.xml names into an empty folder and write conf/jars/jars.sha256 anew."""
    checkout = checkout_root()
    if checkout is None:
        raise SetupError("jars can only be recorded in a checkout", fix="clone the project and run `make record-jars`")
    shutil.rmtree(jar_root(), ignore_errors=True)
    _retrieve([])
    found = sorted(jar_root().glob("*/*.jar"))
    lines = [f"{_sha256(path)}  {path.parent.name}/{path.name}\n" for path in found]
    (checkout / "conf" / "jars" / "jars.sha256").write_text("".join(lines), encoding="utf-8")


def _retrieve(damaged: Sequence[Jar]) -> None:
    """Let Ivy bring every jar that is not there; `damaged` ones are removed first, for Ivy keeps what it finds."""
    for jar in damaged:
        jar.path.unlink(missing_ok=True)
    jar_root().mkdir(parents=True, exist_ok=True)
    with resources.as_file(resources.files("supplyline.conf").joinpath("jars", "ivy.xml")) as ivy_file:
        answer = subprocess.run(_ivy_command(ivy_file), cwd=jar_root(), capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        reason = [line for line in (answer.stdout + answer.stderr).splitlines() if line.strip()][-4:]
        raise SetupError(
            f"jars could not be fetched: {' '.join(reason)}", where=str(jar_root()), fix="mend that and try again"
        )


def _ivy_command(ivy_file: Path) -> list[str]:
    settings = os.environ.get("SUPPLYLINE_IVY_SETTINGS")  # a mirror of one's own, in Ivy's format
    return [
        find_java().command,
        "-jar",
        str(_ivy_jar()),
        *(["-settings", settings] if settings else []),
        *("-warn", "-ivy", str(ivy_file), "-cache", str(_cache()), "-types", "jar", "bundle"),
        *("-retrieve", "[conf]/[artifact]-[revision].[ext]"),  # relative to the working directory
    ]


def _ivy_jar() -> Path:
    pyspark = importlib.util.find_spec("pyspark")
    folders = list(pyspark.submodule_search_locations or []) if pyspark else []
    found = [jar for folder in folders for jar in Path(folder, "jars").glob("ivy-*.jar")]
    if not found:
        raise SetupError(
            "pyspark's Ivy is not there", where="pyspark/jars", fix="install the packages of constraints.txt"
        )
    return found[0]


def _cache() -> Path:
    return jar_root() / ".ivy"


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def main(argv: Sequence[str] | None = None) -> None:
    """Command line: fetch; with --paths print them for spark-submit; with --record write the checksums anew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--paths", metavar="CONFIGURATION", help="print paths as `spark-submit --jars` wants them")
    parser.add_argument("--record", action="store_true", help="write conf/jars/jars.sha256 anew")
    args = parser.parse_args(argv)
    if args.paths:
        print(",".join(map(str, jar_paths(args.paths))))
        return
    if args.record:
        record_jars()
    damaged = len(damaged_jars())
    if damaged:
        print(
            f"jars: fetching {damaged} of {len(expected_jars())} into {jar_root()} (the first time takes a minute)",
            flush=True,
        )
        fetch_jars()


if __name__ == "__main__":
    sys.exit(exit_cleanly(main))

"""Where the Java libraries of conf/jars/ivy.xml lie on this machine."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import supplyline
from supplyline.config import conf_text
from supplyline.errors import SetupError


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
    lines = (line.replace("/", " ").split() for line in conf_text("jars/jars.sha256").splitlines())
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


def is_intact(jar: Jar) -> bool:
    """Whether the file is there with the recorded content."""
    return jar.path.is_file() and hashlib.sha256(jar.path.read_bytes()).hexdigest() == jar.sha256

"""A checkout in miniature, on which the real set-up script runs in seconds and without a network.

Its one dependency is a hand-made wheel, its build backend twenty lines, its jars three words each, and its `java` a
script that answers `-version` and plays Ivy. What Ivy's "registry" gives, and what was asked of it, lies in `registry`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
JARS = {"spark/delta-1.jar": "delta", "flink/kafka-1.jar": "connector", "kafka/broker-1.jar": "broker"}

JAVA = """#!/bin/sh
if [ "$1" = -version ]; then echo 'openjdk version "{version}"' >&2; exit 0; fi
echo "$@" >> "{registry}/calls"
[ -f "{registry}/down" ] && {{ echo 'registry does not answer' >&2; exit 1; }}
mkdir -p .ivy
[ -d .ivy/copy ] || cp -r "{registry}/jars" .ivy/copy
for file in $(cd .ivy/copy && echo */*.jar); do
  [ -f "$file" ] || {{ mkdir -p "$(dirname "$file")"; cp ".ivy/copy/$file" "$file"; }}
done
"""

BACKEND = """
import pathlib, zipfile

NAME = "supplyline-0.1.0"

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    files = {
        "supplyline_checkout.pth": str(pathlib.Path("lib").resolve()) + chr(10),
        NAME + ".dist-info/METADATA": "Metadata-Version: 2.1\\nName: supplyline\\nVersion: 0.1.0\\n"
        "Requires-Dist: pyspark\\nProvides-Extra: dev\\n",
        NAME + ".dist-info/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }
    record = "".join(name + ",,\\n" for name in files) + NAME + ".dist-info/RECORD,,\\n"
    name = NAME + "-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(wheel_directory, name), "w") as wheel:
        for path, text in (files | {NAME + ".dist-info/RECORD": record}).items():
            wheel.writestr(path, text)
    return name

build_wheel = build_editable
"""


class SmallCheckout:
    """The folder, its registry of jars, and the set-up script run on it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "checkout"
        self.registry = folder / "registry"
        self.wheels = folder / "wheels"
        self.java_home = folder / "java"
        self._write_project()
        self._write_jars()
        self._write_wheel()
        self.install_java("17.0.15")

    def set_up(self, **environment: str) -> subprocess.CompletedProcess[str]:
        """What `make setup` runs, to its end."""
        return subprocess.run(
            self.command(), env=self.environment() | environment, capture_output=True, text=True, check=False
        )

    def command(self) -> list[str]:
        """The set-up script under this Python."""
        return [sys.executable, str(self.root / "tools" / "setup_environment.py")]

    def environment(self) -> dict[str, str]:
        """No network: pip finds the hand-made wheel only."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "SUPPLYLINE_"))}
        offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels), "PIP_NO_CACHE_DIR": "1"}
        return kept | offline | {"JAVA_HOME": str(self.java_home)}

    def install_java(self, version: str) -> None:
        """A `java` of that version below `java_home`."""
        java = self.java_home / "bin" / "java"
        java.parent.mkdir(parents=True, exist_ok=True)
        java.write_text(JAVA.format(version=version, registry=self.registry))
        java.chmod(0o755)

    def faults(self) -> list[str]:
        """What a finished set-up lacks: the package's two files with their content, and each jar."""
        site_packages = self.root / ".venv" / "lib" / "python3.11" / "site-packages"
        expected = {
            site_packages / "pyspark" / "__init__.py": "",
            site_packages / "pyspark" / "jars" / "ivy-2.jar": "ivy",
        }
        expected |= {self.root / "jars" / name: text for name, text in JARS.items()}
        wrong = [str(path) for path, text in expected.items() if not path.is_file() or path.read_text() != text]
        starts = [str(self.root / ".venv" / "bin" / "python"), "-c", "import supplyline.jars"]
        return wrong + (
            [] if subprocess.run(starts, check=False).returncode == 0 else ["the library can't be imported"]
        )

    def _write_project(self) -> None:
        library = self.root / "lib" / "supplyline"
        library.mkdir(parents=True)
        for name in ("__init__.py", "errors.py", "machine.py", "jars.py"):
            shutil.copy(PROJECT / "lib" / "supplyline" / name, library)
        shutil.copytree(PROJECT / "tools", self.root / "tools", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(PROJECT / "conf" / "jars", library / "conf" / "jars")
        (library / "conf" / "__init__.py").touch()
        (self.root / "setup.py").touch()
        (self.root / "constraints.txt").write_text("pyspark==4.0.0\n")
        build = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        (self.root / "pyproject.toml").write_text(build)
        (self.root / "backend.py").write_text(BACKEND)

    def _write_jars(self) -> None:
        lines = []
        for name, text in JARS.items():
            path = self.registry / "jars" / name
            path.parent.mkdir(parents=True)
            path.write_text(text)
            lines.append(f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n")
        (self.root / "lib" / "supplyline" / "conf" / "jars" / "jars.sha256").write_text("".join(lines))

    def _write_wheel(self) -> None:
        info = "pyspark-4.0.0.dist-info"
        files = {
            "pyspark/__init__.py": "",
            "pyspark/jars/ivy-2.jar": "ivy",
            f"{info}/METADATA": "Metadata-Version: 2.1\nName: pyspark\nVersion: 4.0.0\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        record = "".join(f"{name},,{len(text)}\n" for name, text in files.items()) + f"{info}/RECORD,,\n"
        self.wheels.mkdir()
        with zipfile.ZipFile(self.wheels / "pyspark-4.0.0-py3-none-any.whl", "w") as wheel:
            for name, text in (files | {f"{info}/RECORD": record}).items():
                wheel.writestr(name, text)

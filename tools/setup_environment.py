"""Make this checkout ready to run: packages in .venv/, jars in jars/. `make setup` calls it; a second call only checks.

It repairs what an interrupted or damaged set-up left. Standard library alone, for it runs before anything is installed.
"""

import sys


if sys.version_info[:2] != (3, 11):
    # Before any import of ours: an older Python can't even read those files.
    sys.exit(
        "error: supplyline needs Python 3.11, this is %d.%d: install it (Debian: apt install python3.11 "
        "python3.11-venv), or name one: make PYTHON=/path/to/python3.11" % sys.version_info[:2]
    )

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "lib"))

from supplyline.errors import SetupError, exit_cleanly
from supplyline.machine import damaged_packages, find_java


VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
SITE_PACKAGES = VENV / "lib" / "python3.11" / "site-packages"
STAMP = VENV / ".installed"
CONSTRAINTS = ROOT / "constraints.txt"


def main(argv: Sequence[str] | None = None) -> None:
    """Check the machine, then packages, then jars; a step says so where it has something to do."""
    del argv
    _check_machine()
    with _one_at_a_time():
        if not packages_are_installed():
            install_packages()
        if subprocess.run([PYTHON, "-m", "supplyline.jars"], cwd=ROOT, check=False).returncode != 0:
            raise SetupError("the jars are not complete", where="jars/", fix="see the line above")


def _check_machine() -> None:
    find_java()
    if importlib.util.find_spec("ensurepip") is None:
        raise SetupError("this Python can't make environments", where=sys.executable, fix="apt install python3.11-venv")


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (ROOT / ".setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def packages_are_installed() -> bool:
    """Whether the last installation ended, was of today's constraints and setup.py, and is still whole."""
    stamped = STAMP.is_file() and STAMP.read_text() == _fingerprint()
    return stamped and _is_usable() and not damaged_packages(SITE_PACKAGES)


def install_packages() -> None:
    """Install what is missing or damaged into .venv, which is made anew where its Python or pip is broken."""
    print("packages: installing into .venv (the first time takes two or three minutes)", flush=True)
    STAMP.unlink(missing_ok=True)
    if not _is_usable():
        shutil.rmtree(VENV, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
    for leftover in [*damaged_packages(SITE_PACKAGES), *SITE_PACKAGES.glob("~*")]:
        shutil.rmtree(leftover)  # without its .dist-info pip takes a package as not installed, and installs it whole
    if subprocess.run(_pip_install(), cwd=ROOT, env=_pip_environment(), check=False).returncode != 0:
        raise SetupError("the packages are not complete", where=".venv", fix="see pip's message above, then run again")
    STAMP.write_text(_fingerprint())


def _pip_install() -> list[str]:
    # PEP 517 always: the old way, which Debian's pip still takes, records no file sizes that damage could be seen by.
    options = ["--quiet", "--disable-pip-version-check", "--no-input", "--use-pep517"]
    return [str(PYTHON), "-m", "pip", "install", *options, "-c", str(CONSTRAINTS), "-e", ".[dev]"]


def _pip_environment() -> dict[str, str]:
    """Constraints for the tools that build a source package too; the variable's name depends on pip's age."""
    return os.environ | {"PIP_CONSTRAINT": str(CONSTRAINTS), "PIP_BUILD_CONSTRAINT": str(CONSTRAINTS)}


def _fingerprint() -> str:
    """What an installation depends on. The path is part of it: scripts and the editable install name it."""
    parts = [str(ROOT), sys.version, CONSTRAINTS.read_text(), (ROOT / "setup.py").read_text()]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _is_usable() -> bool:
    """Whether .venv was made for this folder and its Python and pip are whole."""
    pip = VENV / "bin" / "pip"
    if not pip.is_file() or str(VENV) not in pip.read_text()[:500]:
        return False
    if any(folder.name.startswith("pip-") for folder in damaged_packages(SITE_PACKAGES)):
        return False
    try:
        return subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(exit_cleanly(main))

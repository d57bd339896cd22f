"""What is in the repository, and what of it is in the wheel and in the zip for `spark-submit --py-files`."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from supplyline.library_zip import write_library_zip
from tests.support.small_checkout import PROJECT

# Home folders and the like of the machine something was written on. A path of a whole file system, as /data, is fine.
MACHINE_PATH = re.compile(rb"(?<![\w.>$}/-])/(?:root|home|work|Users)/\w|(?<![\w.>$}/-])/tmp/\w")
REGISTRY_HOST = re.compile(rb"https?://[\w.-]*(?:maven|pypi|pythonhosted|npmjs|debian)[\w.-]*")


def _tracked(*folders: str) -> list[Path]:
    """Files under version control, or about to be; a checkout without git has none."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", *folders]
    answer = subprocess.run(command, cwd=PROJECT, capture_output=True, check=False)
    if answer.returncode != 0:
        pytest.skip("no git checkout: nothing says which files belong to the project")
    return [PROJECT / name for name in answer.stdout.decode().split("\0") if name and (PROJECT / name).is_file()]


def test_no_file_names_a_path_of_one_machine_or_a_registry_host() -> None:
    found = []
    for path in _tracked():
        text = path.read_bytes()
        if b"\0" not in text and path != Path(__file__):
            found += [
                f"{path}: {match.group()!r}" for rule in (MACHINE_PATH, REGISTRY_HOST) for match in rule.finditer(text)
            ]
    assert found == []


def test_no_ignore_rule_swallows_a_source_file() -> None:
    sources = [
        path for folder in ("lib", "jobs", "streaming", "conf", "tests") for path in (PROJECT / folder).rglob("*.*")
    ]
    kept = [path for path in sources if path.suffix in {".py", ".yaml", ".xml", ".sha256", ".properties"}]
    names = "\0".join(str(path.relative_to(PROJECT)) for path in kept)
    command = ["git", "check-ignore", "--no-index", "-z", "--stdin"]
    answer = subprocess.run(command, cwd=PROJECT, input=names, capture_output=True, text=True, check=False)
    if answer.returncode == 128:
        pytest.skip("no git checkout")
    assert answer.stdout == ""


def _belongs_in_the_package() -> set[str]:
    library = {
        f"supplyline/{path.relative_to(PROJECT / 'lib/supplyline').as_posix()}" for path in _tracked("lib/supplyline")
    }
    beside = {f"supplyline/{path.relative_to(PROJECT).as_posix()}" for path in _tracked("conf", "jobs", "streaming")}
    return library | beside


def test_the_wheel_holds_library_configuration_and_programs(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-build-isolation", "--no-deps", "--no-index"]
    source = _copy_of_the_sources(tmp_path / "source")
    subprocess.run([*command, "--wheel-dir", str(tmp_path), str(source)], check=True)
    (wheel,) = tmp_path.glob("supplyline-*.whl")
    assert _names(wheel) >= _belongs_in_the_package()
    assert "supplyline = supplyline.cli.main:app_main" in _text(wheel, "supplyline-0.1.0.dist-info/entry_points.txt")


def _copy_of_the_sources(target: Path) -> Path:
    """Building in the checkout would leave build/ behind."""
    for path in _tracked("lib", "conf", "jobs", "streaming", "setup.py", "pyproject.toml", "LICENSE"):
        copy = target / path.relative_to(PROJECT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    return target


def test_the_zip_holds_the_same_files_and_is_equal_for_equal_sources(tmp_path: Path) -> None:
    first, second = write_library_zip(tmp_path / "1.zip"), write_library_zip(tmp_path / "2.zip")
    compiled = {name for name in _names(first) if "/__pycache__/" in name}
    assert _names(first) - compiled == _belongs_in_the_package()
    assert {Path(name).suffix for name in compiled} <= {".nbi", ".nbc"}, "kernels, and no bytecode"
    assert first.read_bytes() == second.read_bytes()


def test_configuration_is_read_out_of_the_zip(tmp_path: Path) -> None:
    library = write_library_zip(tmp_path / "supplyline.zip")
    program = "import supplyline, sys; from supplyline.config import conf_texts, load_settings; load_settings()\n"
    program += "print(supplyline.__file__, len(conf_texts('contracts')), len(conf_texts('sources')))"
    # -S leaves out the site packages' .pth files and with them the editable installation.
    command = [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {[str(library), *_site_packages()]}\n{program}"]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    place, contracts, sources = answer.stdout.split()
    assert place.startswith(str(library))
    assert int(contracts) == len(list((PROJECT / "conf" / "contracts").glob("*.yaml")))
    assert int(sources) == len(list((PROJECT / "conf" / "sources").glob("*.yaml")))


def _site_packages() -> list[str]:
    return [path for path in sys.path if path.endswith("site-packages")]


def _names(archive: Path) -> set[str]:
    with zipfile.ZipFile(archive) as content:
        return {name for name in content.namelist() if not name.endswith("/") and ".dist-info/" not in name}


def _text(archive: Path, name: str) -> str:
    with zipfile.ZipFile(archive) as content:
        return content.read(name).decode()

"""The package as a whole: light to import, layered as designed, whole when built."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

from hurdles import catalog


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = "pandas", "sklearn", "numpy", "matplotlib", "IPython"
    probe = f"import sys, hurdles; print([n for n in {heavy} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_command_line_starts_without_the_heavy_libraries() -> None:
    probe = (
        "import sys, hurdles.cli; print([n for n in ('pandas', 'sklearn', 'numpy', 'nbgrader') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_rooms_import_only_what_they_may(repository: Path) -> None:
    lint = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([lint, "--no-cache"], cwd=repository, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_area_is_held_by_the_contract(repository: Path) -> None:
    contracts = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    held = {contract["id"]: contract["source_modules"] for contract in contracts["contracts"]}["areas"]
    slugs = [area.slug.split("-", 1)[1] for area in catalog.load(repository).areas]
    rooms = [f"hurdles.{slug}" for slug in slugs if (repository / "src" / "hurdles" / slug).is_dir()]
    assert sorted(held) == sorted(rooms)


def test_the_wheel_carries_the_content(repository: Path, tmp_path: Path) -> None:
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        str(tmp_path),
        str(repository),
    ]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("hurdles-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for path in (
        "lessons/areas.toml",
        "lessons/01-data/1-quality.ipynb",
        "exercises/01-data/1-quality.ipynb",
        "solutions/01-data/1-quality.ipynb",
    ):
        assert f"hurdles/_content/{path}" in names
    assert "hurdles/lab/jupyter/labconfig/default_setting_overrides.json" in names
    assert not [name for name in names if name.startswith("tests/")]

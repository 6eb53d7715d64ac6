"""Opening JupyterLab: the command, the environment, and a doctor that finds what is wrong."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from hurdles import kernels, lab
from hurdles.lab import doctor


def test_the_command_opens_the_index_and_lets_the_users_arguments_win(tmp_path: Path) -> None:
    line = lab.command(tmp_path, ["--port", "9911"], root=False)
    assert line[0] == sys.executable
    assert f"--ServerApp.root_dir={tmp_path.resolve()}" in line
    assert any(part.endswith("/lab/tree/index.ipynb") for part in line)
    assert line[-2:] == ["--port", "9911"]
    assert "--allow-root" not in line
    assert "--allow-root" in lab.command(tmp_path, [], root=True)


def test_the_environment_names_the_workspace_and_keeps_what_was_there(tmp_path: Path) -> None:
    base = {"HOME": "/h", "PATH": "/bin", "JUPYTER_CONFIG_PATH": "/mine"}
    environment = lab.environment(tmp_path, base)
    assert environment["HURDLES_WORKSPACE"] == str(tmp_path.resolve())
    assert environment["HOME"] == "/h"
    ours, theirs = environment["JUPYTER_CONFIG_PATH"].split(":")
    assert theirs == "/mine"
    settings = json.loads((Path(ours) / "labconfig" / "default_setting_overrides.json").read_text(encoding="utf-8"))
    assert settings["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"
    assert settings["@jupyterlab/notebook-extension:tracker"]["codeCellConfig"]["lineWrap"] is True
    servers = json.loads((Path(ours) / "jupyter_server_config.d" / "hurdles.json").read_text(encoding="utf-8"))
    assert servers["ServerApp"]["jpserver_extensions"]["nbgrader.server_extensions.formgrader"] is False
    assert environment["PATH"].split(":")[0] == str(Path(sys.executable).parent)
    assert environment["JUPYTER_DEFAULT_PROVISIONER_NAME"] == kernels.NAME
    stock = {**base, "JUPYTER_DEFAULT_PROVISIONER_NAME": "local-provisioner"}
    assert lab.environment(tmp_path, stock)["JUPYTER_DEFAULT_PROVISIONER_NAME"] == "local-provisioner"


def test_a_sound_environment_gets_a_clean_bill(tmp_path: Path) -> None:
    findings = list(lab.examine(tmp_path / "new"))
    assert [finding for finding in findings if not finding.ok] == []
    assert {"Python", "Kernel python3", "nbgrader in the server", "Free memory"} <= {f.subject for f in findings}


def find(findings: Any, subject: str) -> doctor.Finding:
    return next(finding for finding in findings if finding.subject == subject)


def test_it_names_a_missing_package_and_extension(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(doctor, "_PACKAGES", ("a-package-nobody-has",))
    monkeypatch.setattr(doctor, "_EXTENSIONS", {"nobody-has-this": ("thing", "its-package")})
    findings = list(lab.examine(tmp_path))
    assert "make install" in find(findings, "a-package-nobody-has").advice
    assert "its-package" in find(findings, "JupyterLab extension nobody-has-this").advice


def test_it_names_a_disabled_extension(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    place = tmp_path / "labconfig"
    place.mkdir()
    off = {"disabledExtensions": {"@jupyter-widgets/jupyterlab-manager": True}}
    (place / "page_config.json").write_text(json.dumps(off), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    finding = find(doctor._extensions(), "JupyterLab extension @jupyter-widgets/jupyterlab-manager")
    assert "disabled" in finding.seen
    assert "enable" in finding.advice


def test_it_warns_of_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    class Little:
        available = 2**29

    monkeypatch.setattr(psutil, "virtual_memory", Little)
    assert "Close other programs" in doctor._memory().advice


def test_it_says_when_the_kernel_cannot_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**_: object) -> None:
        raise RuntimeError("no such kernel")

    monkeypatch.setattr("jupyter_client.manager.start_new_kernel", fails)
    finding = doctor._kernel()
    assert "no such kernel" in finding.seen
    assert finding.advice

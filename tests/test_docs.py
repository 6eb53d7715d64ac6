"""What the documentation promises besides words: tables that are computed, manifests that hold."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

MANIFESTS = "docs/cluster/grading.yaml"


@pytest.fixture
def cost(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(repository))
    from benchmarks import cost

    yield cost
    for name in [name for name in sys.modules if name.partition(".")[0] == "benchmarks"]:
        del sys.modules[name]


def test_the_cost_of_a_cohort_is_computed_from_the_readmes_figures(cost: Any, repository: Path) -> None:
    text, readme = (repository / "docs/cluster.md").read_text(), (repository / "README.md").read_text()
    assert cost.page(text, readme) == text, "run 'python -m benchmarks.cost'"
    assert cost.seconds_each("| `hurdles grade --scheduler`, 2 workers, 30 submissions of x | 6.00 s | |") == 0.2
    rows = [line.split("|") for line in cost.table(0.36).splitlines()[2:]]
    assert [row[2].strip() for row in rows] == ["60.0 minutes", "15.0 minutes", "3.8 minutes", "0.9 minutes"]
    assert {row[3].strip() for row in rows} == {"2.0"}


@pytest.mark.parametrize("number", range(5))
def test_the_manifests_are_valid(repository: Path, number: int) -> None:
    documents = list(yaml.safe_load_all((repository / MANIFESTS).read_text()))
    assert len(documents) == 5
    kubernetes_validate.validate(documents[number], kubernetes_validate.latest_version(), strict=True)


def test_a_wrong_manifest_would_be_noticed(repository: Path) -> None:
    worker = list(yaml.safe_load_all((repository / MANIFESTS).read_text()))[3]
    worker["spec"]["replicas"] = "four"
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(worker, kubernetes_validate.latest_version(), strict=True)


def test_workers_have_no_rights_they_do_not_need(repository: Path) -> None:
    worker = list(yaml.safe_load_all((repository / MANIFESTS).read_text()))[3]["spec"]["template"]["spec"]
    assert (worker["automountServiceAccountToken"], worker["hostUsers"]) == (False, False)
    assert worker["containers"][0]["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert worker["containers"][0]["securityContext"]["runAsNonRoot"] is True


def test_every_setting_in_the_documentation_exists(repository: Path) -> None:
    from hurdles.grading.sandbox import Limits

    text = (repository / "docs/grading.md").read_text()
    named = dict(re.findall(r"^\| `c\.Limits\.(\w+)` \| ([^|]+?) \|", text, re.MULTILINE))
    limits = Limits()
    assert named == {name: f"{getattr(limits, name):g}" if name != "shown" else "[]" for name in named}
    assert set(named) | {"patience"} == set(Limits.class_own_traits(config=True))

"""The short form of `make soak`."""

from __future__ import annotations

from pathlib import Path

import pytest
from soak import FAULTS, soak


@pytest.mark.slow
def test_a_bad_network_and_a_dying_engine_lose_and_double_nothing(tmp_path: Path) -> None:
    wrong, did = soak(25, 4, tmp_path)
    assert wrong == [], (tmp_path / "log").read_text()[-3000:]
    assert did["as it is"] > 50
    assert sum(did[fault] for fault in FAULTS) > 5

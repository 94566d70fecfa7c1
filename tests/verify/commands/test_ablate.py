"""The command ``attnverify ablate``."""

from __future__ import annotations

import json

from click.testing import CliRunner

from verify.ablation import NEEDED, VACUOUS
from verify.commands.ablate import command as ablate_command


def test_ablate_command() -> None:
    result = CliRunner().invoke(ablate_command, ["mask-ridge", "--set", "p=1", "--json"])
    rows = {row["assumption"]: row["outcome"] for row in json.loads(result.output)["rows"]}
    assert rows == {"local minimum": NEEDED, "ridge on the mask": VACUOUS, "ridge on the weights": VACUOUS}
    text = CliRunner().invoke(ablate_command, ["mask-ridge", "--set", "p=1"]).output
    assert "local minimum         needed  (refuted, exact)" in text
    assert "witness: a[0] = 0, w[0] = 0" in text

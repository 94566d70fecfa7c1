"""Writes the output of commands and the content of files into README.md and the pages of this folder.

    python docs/regenerate.py           rewrite what has changed
    python docs/regenerate.py --check   only say what would change (seconds and paths of the run aside)

A block is found by the comment above it: ``<!-- output of: COMMAND -->`` or ``<!-- file: PATH -->``.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs" / "how-to").glob("*.md")))

BLOCK = re.compile(r"<!-- (output of|file): (.+?) -->\n```(\w+)\n(.*?)```", re.DOTALL)
MOST_LINES = 40
"""Longer outputs are cut, and say so."""

SECONDS = re.compile(r"\b\d+\.\d+ s\b")


def main() -> int:
    """Rewrite the pages; with ``--check`` return 1 where something would change."""
    check = "--check" in sys.argv[1:]
    stale = []
    with tempfile.TemporaryDirectory() as folder:
        for page in PAGES:
            before = page.read_text(encoding="utf-8")
            after = BLOCK.sub(lambda match: block(match, Path(folder)), before)
            if timeless(before) != timeless(after):
                stale.append(page.name)
                if not check:
                    page.write_text(after, encoding="utf-8")
    sys.stdout.write("".join(f"{'stale' if check else 'rewritten'}: {name}\n" for name in stale))
    return int(check and bool(stale))


def timeless(text: str) -> str:
    """Return a page without what differs from run to run."""
    return SECONDS.sub("- s", text)


def block(match: re.Match[str], folder: Path) -> str:
    """Return a block with fresh content."""
    kind, what, language = match[1], match[2], match[3]
    if kind == "file":
        content = (ROOT / what).read_text(encoding="utf-8")
    else:
        content = f"$ {what}\n{output(what, folder)}"
    return f"<!-- {kind}: {what} -->\n```{language}\n{content.rstrip()}\n```"


def output(command: str, folder: Path) -> str:
    """Run a command with the project's environment in a scratch folder; certificates of one run serve the next."""
    for name in ("docs", "theorems"):
        link = folder / name
        if not link.exists():
            link.symlink_to(ROOT / name)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "NO_COLOR": "1", "COLUMNS": "110"}
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    lines = (done.stdout + done.stderr).splitlines()
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], f"... ({len(lines) - MOST_LINES} more lines)"]
    return "\n".join(line.rstrip() for line in lines)


if __name__ == "__main__":
    raise SystemExit(main())

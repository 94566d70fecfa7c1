"""The page in a real browser: no console messages, formulas laid out, filters, no sideways scrolling on a phone."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import reports
from reports.parts.doctor import BROWSERS

BROWSER = next((path for name in BROWSERS if (path := shutil.which(name))), None)

pytestmark = [pytest.mark.slow, pytest.mark.skipif(BROWSER is None, reason="no browser is installed")]

FLAGS = (  # noqa: SIM905
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-extensions --hide-scrollbars --enable-logging=stderr"
).split()

PROBE = """
<script>
window.addEventListener("load", function () {
  var out = {};
  document.querySelectorAll("details").forEach(function (d) { d.open = true; });
  var root = document.documentElement;
  out.width = root.clientWidth; out.scroll = root.scrollWidth;
  var box = document.querySelector("math mfrac").getBoundingClientRect();
  out.fraction = [box.width, box.height];
  document.getElementById("show-proved").click();
  out.hidden = Array.from(document.querySelectorAll("details.claim")).filter(function (c) {
    return getComputedStyle(c).display === "none"; }).map(function (c) { return c.dataset.verdict; });
  out.shown = document.getElementById("shown").textContent;
  document.getElementById("show-proved").click();
  var search = document.getElementById("search");
  search.value = "digit images"; search.dispatchEvent(new Event("input", {bubbles: true}));
  out.found = document.getElementById("shown").textContent;
  search.value = ""; search.dispatchEvent(new Event("input", {bubbles: true}));
  function rgb(text) { return text.match(/[0-9.]+/g).map(Number); }
  function luminance(c) {
    var v = c.slice(0, 3).map(function (x) {
      x /= 255;
      return x <= .03928 ? x / 12.92 : Math.pow((x + .055) / 1.055, 2.4);
    });
    return .2126 * v[0] + .7152 * v[1] + .0722 * v[2];
  }
  function behind(e) {
    for (; e; e = e.parentElement) {
      var c = rgb(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) { return c; }
    }
    return [255, 255, 255];
  }
  var worst = 21, where = "";
  var kinds = "p,li,dt,dd,td,th,h1,h2,h3,a,span,code,summary,figcaption,caption,label";
  document.querySelectorAll(kinds).forEach(function (e) {
    var own = Array.from(e.childNodes).some(function (n) { return n.nodeType === 3 && n.data.trim(); });
    if (!own || e.closest(".none")) { return; }
    var a = luminance(rgb(getComputedStyle(e).color)), b = luminance(behind(e));
    var ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < worst) { worst = ratio; where = e.tagName + "." + e.className; }
  });
  out.contrast = worst; out.where = where;
  parent.postMessage(JSON.stringify(out), "*");
});
</script>
"""


FRAME = """<!DOCTYPE html><body style="margin:0">
<iframe src="probed.html" style="border:0" width="{}" height="900"></iframe>
<script>window.addEventListener("message", function (e) { document.body.setAttribute("data-probe", e.data); });</script>
"""
"""A page that shows the probed one at a width: a window of the browser cannot be as narrow as a phone."""


def probe(page: Path, folder: Path, *, width: int, dark: bool) -> tuple[dict, str]:
    """Return what the probe measured and what the browser wrote on its console."""
    text = page.read_text(encoding="utf-8")
    probed = folder / "probed.html"
    # The page's own policy forbids other scripts; the probe's copy does without it.
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
    probed.write_text(text.replace("</body>", PROBE + "</body>"), encoding="utf-8")
    frame = folder / "frame.html"
    frame.write_text(FRAME.replace("{}", str(width)), encoding="utf-8")
    scheme = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
    done = _run(["--dump-dom", scheme, "--window-size=1400,900", frame.as_uri()], folder / f"profile{width}{dark}")
    found = re.search(r'data-probe="([^"]*)"', done.stdout)
    assert found is not None, done.stderr[-2000:]
    return json.loads(found[1].replace("&quot;", '"')), _console(done.stderr)


def _run(arguments: list[str], profile: Path) -> subprocess.CompletedProcess[str]:
    command = [str(BROWSER), *FLAGS, f"--user-data-dir={profile}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=True)


def _console(log: str) -> str:
    return "\n".join(line for line in log.splitlines() if "CONSOLE" in line)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [360, 1280])
def test_page_in_a_browser(verdicts, tmp_path: Path, width: int, dark: bool) -> None:
    page = reports.write(verdicts, tmp_path, ["html"])[0]
    found, console = probe(page, tmp_path, width=width, dark=dark)
    assert console == ""
    assert found["width"] == width
    assert found["scroll"] <= width
    assert found["fraction"][1] > 20
    assert found["hidden"] == ["proved", "proved"]
    assert found["shown"] == "5 of 7 shown"
    assert found["found"] == "1 of 7 shown"
    assert found["contrast"] >= 4.5, found["where"]


def test_the_page_obeys_its_own_policy(verdicts, tmp_path: Path) -> None:
    page = reports.write(verdicts, tmp_path, ["html"])[0]
    done = _run(["--dump-dom", page.as_uri()], tmp_path / "profile")
    assert _console(done.stderr) == ""
    assert "7 of 7 shown" in done.stdout


def test_hostile_texts_run_nothing(hostile_verdict, tmp_path: Path) -> None:
    page = reports.write([hostile_verdict], tmp_path, ["html"])[0]
    page.write_text(re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text()), encoding="utf-8")
    done = _run(["--dump-dom", page.as_uri()], tmp_path / "profile")
    assert _console(done.stderr) == ""
    assert "onerror=alert" not in re.sub(r"&lt;.*?&gt;", "", done.stdout)

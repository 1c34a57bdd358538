"""Take the pictures of the web pages that docs/ shows, of the sample logs, with a headless Chromium.

    python tools/screenshots.py

Needs the test tools (``make test`` installs them) and a Chromium (``.ci/browser`` installs one).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
SAMPLE = "sample_logs/refrigeration-weekend"
COMMANDS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")

SHOTS = {
    # picture: (page, dark, width, height)
    "report-page.png": ("report", False, 960, 1180),
    "report-page-phone-dark.png": ("report", True, 390, 1180),
    "audit-page.png": ("audit", False, 960, 1180),
}


def pages(folder: Path) -> dict[str, Path]:
    """Write the pages of the sample, and say where."""
    from calltrace import investigate
    from calltrace.diagnosis.audit import audit
    from calltrace.report.audit import audit_report_of
    from calltrace.report.making import report_of
    from calltrace.report.render import to_html

    answer = investigate(
        [ROOT / SAMPLE],
        account="Polar Refrigeration",
        complaint="missed-calls",
        start="2026-02-13 16:00",
        end="2026-02-16 09:00",
        claim="our customers rang all weekend and nobody answered",
    )
    found = audit([ROOT / SAMPLE], start="2026-02-10", end="2026-02-15")
    made = {
        "report": to_html.render(report_of(answer, command="investigate")),
        "audit": to_html.render(audit_report_of(found)),
    }
    for name, text in made.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in made}


def main() -> None:
    """Take the pictures."""
    from playwright.sync_api import sync_playwright

    where = os.environ.get("CALLTRACE_TEST_CHROMIUM") or next(c for c in map(shutil.which, COMMANDS) if c)
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playing:
        written = pages(Path(name))
        browser = playing.chromium.launch(executable_path=where, args=["--no-sandbox"])
        for picture, (page, dark, width, height) in SHOTS.items():
            shown = browser.new_page(
                viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
            )
            shown.goto(written[page].as_uri())
            shown.screenshot(path=IMAGES / picture)
            print(f"{IMAGES / picture}: {(IMAGES / picture).stat().st_size:,} bytes")
        browser.close()


if __name__ == "__main__":
    main()

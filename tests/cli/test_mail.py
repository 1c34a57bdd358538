"""``--email`` on investigate and audit, by a real server; and what comes of a wrong command line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from calltrace.cli.mail_options import _without_password
from calltrace.cli.main import main
from calltrace.diagnosis import audit as audit_module
from calltrace.diagnosis.audit.findings import Audit
from calltrace.report.mail import post
from calltrace.tables.case import Case
from report import postbox

QUESTION = (
    "--account", "Polar Refrigeration", "--complaint", "missed-calls", "--from", "2026-02-13 16:00", "--to",
    "2026-02-16 09:00",
)  # fmt: skip


@pytest.fixture(autouse=True)
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[postbox.Postbox]:
    monkeypatch.setenv("CALLTRACE_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("CALLTRACE_CONFIG", "")
    monkeypatch.setattr(post, "WAITS_S", (0.0, 0.0))
    with postbox.running(tmp_path, tls="starttls", login=True) as server:
        monkeypatch.setenv("CALLTRACE_SMTP_URL", server.url("smtp", postbox.USER))
        monkeypatch.setenv("CALLTRACE_SMTP_PASSWORD", postbox.PASSWORD)
        monkeypatch.setenv("CALLTRACE_EMAIL_FROM", "calltrace <reports@example.com>")
        yield server.box


@pytest.fixture
def logs(repo_root: Path) -> str:
    return str(repo_root / "sample_logs" / "refrigeration-weekend")


def run(*args: str) -> Result:
    return CliRunner().invoke(main, list(args))


def test_an_investigation_is_mailed_once(logs: str, box: postbox.Postbox) -> None:
    first = run("investigate", logs, *QUESTION, "--email", "boss@example.com")
    assert (first.exit_code, first.stderr) == (0, "mail: sent to boss@example.com\n")
    again = run("investigate", logs, *QUESTION, "--email", "boss@example.com,desk@example.com")
    assert again.exit_code == 0
    assert [e.rcpt_tos for e in box.received] == [["boss@example.com"], ["desk@example.com"]]
    message = box.messages[0]
    subject = str(message["Subject"])
    assert subject.startswith("[calltrace] Polar Refrigeration: the client did not forward its lines (confirmed, ")
    plain = message.get_body(("plain",))
    assert plain is not None
    words = plain.get_content().replace("\r\n", "\n")
    assert words.startswith("Polar Refrigeration (1021)")
    assert "--email boss@example.com" in words.splitlines()[-1]
    pictures = [p for p in message.walk() if p.get_content_type() == "image/png"]
    assert [p.get_payload(decode=True)[:4] for p in pictures] == [b"\x89PNG"] * len(pictures)  # type: ignore[index]


def test_an_investigation_whose_mail_waits_is_answered_all_the_same(logs: str, box: postbox.Postbox) -> None:
    box.moods = ["greylist"] * 3
    result = run("investigate", logs, *QUESTION, "--email", "boss@example.com", "--format", "json")
    assert result.exit_code == 4
    assert result.stdout.startswith("{")
    assert "451 4.7.1 come back later. It is kept" in result.stderr
    assert box.received == []


def test_an_audit_is_mailed(logs: str, box: postbox.Postbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def audit_case(case: Case, **_: Any) -> Audit:
        heat = pd.DataFrame(columns=["account", "start", "expected", "arrived", "answered", "harmed"])
        first, last = case.calls["offered_at"].iloc[0], case.calls["offered_at"].iloc[-1]
        return Audit(
            start=first, end=last, zone=case.zone, case=case, checks=(), fdr=0.1, feed=(), findings=(), standings=(),
            heat=heat,
        )  # fmt: skip

    monkeypatch.setattr(audit_module, "audit_case", audit_case)
    result = run("audit", logs, "--email", "boss@example.com")
    assert result.exit_code == 0, result.output
    assert [str(m["Subject"]).startswith("[calltrace] Nothing found in 0 accounts – ") for m in box.messages] == [True]


def test_masked_callers_are_masked_in_the_mail(logs: str, box: postbox.Postbox) -> None:
    for more in ((), ("--mask",)):
        run("investigate", logs, *QUESTION[:2], "--complaint", "caller-claim", "--caller", "+12125550187", "--from",
            "2026-02-13 16:00", "--to", "2026-02-16 09:00", *more, "--email", "boss@example.com")  # fmt: skip
    plain, masked = ("".join(str(p.get_content()) for p in m.walk() if p.get_content_maintype() == "text") for m in box.messages)
    assert "5550187" in "".join(c for c in plain if c.isdigit())
    assert "5550187" not in "".join(c for c in masked if c.isdigit())


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("postgresql://reader:s3cret@pbx/cdr", "postgresql://reader:***@pbx/cdr"),
        ("--smtp=smtps://me:s3cret@mail.example.com", "--smtp=smtps://me:***@mail.example.com"),
        ("logs/2026:06@home", "logs/2026:06@home"),
        ("they rang http://example.com at 9", "they rang http://example.com at 9"),
    ],
)
def test_the_command_at_the_foot_has_no_password(given: str, shown: str) -> None:
    assert _without_password(given) == shown


def test_a_password_file_others_can_read_is_not_used(logs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CALLTRACE_SMTP_PASSWORD")
    file = tmp_path / "password"
    file.write_text(f"{postbox.PASSWORD}\n", encoding="utf-8")
    file.chmod(0o644)
    refused = run("investigate", logs, *QUESTION, "--email", "boss@example.com", "--smtp-password-file", str(file))
    assert (refused.exit_code, refused.stdout) == (3, "")
    assert "can be read by others" in refused.stderr
    file.chmod(0o600)
    taken = run("investigate", logs, *QUESTION, "--email", "boss@example.com", "--smtp-password-file", str(file))
    assert taken.exit_code == 0


def test_the_configuration_s_server_and_readers_are_enough(
    logs: str, box: postbox.Postbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = os.environ["CALLTRACE_SMTP_URL"].rpartition(":")[2].partition("?")[0]
    for name in ("CALLTRACE_SMTP_URL", "CALLTRACE_SMTP_PASSWORD", "CALLTRACE_EMAIL_FROM"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    monkeypatch.setenv("MAIL_PASSWORD", postbox.PASSWORD)
    config = tmp_path / "config.toml"
    config.write_text(
        f"""[mail]
host = "localhost"
port = {port}
tls = "starttls"
user = "{postbox.USER}"
password_env = "MAIL_PASSWORD"
from = "Night desk <night@example.com>"
to = ["boss@example.com", "desk@example.com"]
reply_to = "manager@example.com"
subject_prefix = "[Keystone]"
""",
        encoding="utf-8",
    )
    result = run("investigate", logs, *QUESTION, "--config", str(config), "--email")
    assert result.exit_code == 0, result.output
    (message,) = box.messages
    assert str(message["Subject"]).startswith("[Keystone] Polar Refrigeration: ")
    assert (message["From"], message["Reply-To"]) == ("Night desk <night@example.com>", "manager@example.com")
    assert box.received[0].rcpt_tos == ["boss@example.com", "desk@example.com"]


@pytest.mark.parametrize(
    "command",
    [
        ("investigate", "LOGS", *QUESTION, "--email", "boss@example.com"),
        ("investigate", "LOGS", *QUESTION, "--email-to-file", "look.eml"),
        ("mail", "flush"),
    ],
)
@pytest.mark.parametrize("url", ["smtps://me:s3cret@mail.example.com", "smtp://me:s3c@ret@mail.example.com:587/x"])
def test_a_password_on_the_command_line_is_refused_and_not_repeated(
    command: tuple[str, ...], url: str, logs: str, box: postbox.Postbox
) -> None:
    ran = run(*(logs if a == "LOGS" else a for a in command), "--smtp", url)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "$CALLTRACE_SMTP_PASSWORD" in ran.stderr
    assert "--smtp-password-file" in ran.stderr
    assert "s3c" not in ran.stderr
    assert not box.received


def test_a_password_inside_the_environments_address_is_taken(
    logs: str, box: postbox.Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = os.environ["CALLTRACE_SMTP_URL"]
    monkeypatch.setenv("CALLTRACE_SMTP_URL", url.replace("@", f":{postbox.PASSWORD}@", 1))
    monkeypatch.delenv("CALLTRACE_SMTP_PASSWORD")
    assert run("investigate", logs, *QUESTION, "--email", "boss@example.com").exit_code == 0
    assert len(box.received) == 1

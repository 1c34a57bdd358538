"""A configuration is checked whole: every problem at once, each with its line, its key and what was expected."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calltrace.config import settings
from calltrace.config.reader import ConfigError, of_text, read
from calltrace.diagnosis.profile import FIELD
from calltrace.errors import UsageError

HERE = Path("/srv/calltrace/config.toml")


def wrong(text: str) -> tuple[str, ...]:
    """The problems of a text, the file's folder left out."""
    with pytest.raises(ConfigError) as told:
        of_text(text, HERE)
    return tuple(line.removeprefix(f"{HERE}:") for line in told.value.lines)


def test_nothing_said_is_defaults_throughout() -> None:
    config = of_text("", HERE)
    assert config.service.country == ""
    assert (config.sources, config.accounts, config.profile, config.mail.host) == ((), (), None, "")


def test_every_section_is_read_into_its_dataclass() -> None:
    config = of_text(
        """
[service]
name = "Keystone Answering"
zone = "America/New_York"

[[sources]]
path = "/var/log/asterisk"
zone = "UTC"

[[sources]]
path = "exports"
format = "mitel-smdr"
year = 2026

[accounts]
file = "accounts.csv"

[accounts.1021]
name = "Polar"
numbers = ["(717) 555-0148", "+17175550149"]
coverage = "Mo-Fr 17:00-24:00"
path_limit = 4
thresholds = { long_hold_s = 45 }

[thresholds]
long_ring_s = 25

[audit]
fdr = 0.01
fail_on = "high"

[mail]
host = "smtp.example.com"
from = "calltrace <reports@example.com>"
to = "desk@example.com"
subject_prefix = "[keystone]"

[store]
path = "s3://bucket/calls"
""",
        HERE,
    )
    assert config.service.name == "Keystone Answering"
    assert [(s.path, s.zone, s.format, s.year) for s in config.sources] == [
        ("/var/log/asterisk", "UTC", "", None),
        ("/srv/calltrace/exports", "", "mitel-smdr", 2026),
    ]
    assert config.accounts_file == "/srv/calltrace/accounts.csv"
    (polar,) = config.accounts
    assert (polar.account, polar.numbers, polar.path_limit) == ("1021", ("+17175550148", "+17175550149"), 4)
    assert config.profile is not None
    assert config.profile.value("long_ring_s") == 25
    assert config.profile.value("long_hold_s", "1021") == 45
    assert config.profile.value("long_hold_s") == FIELD["long_hold_s"].value
    assert (config.audit.fdr, config.audit.fail_on) == (0.01, "high")
    assert (config.mail.sender, config.mail.to) == ("calltrace <reports@example.com>", ("desk@example.com",))
    assert (config.mail.subject, config.mail.chosen_port) == ("[keystone]", 587)
    assert config.store.path == "s3://bucket/calls"


def test_numbers_are_of_the_country_the_service_is_in() -> None:
    config = of_text('[accounts.7]\nnumbers = ["020 7946 0018"]\n[service]\ncountry = "GB"\n', HERE)
    assert config.accounts[0].numbers == ("+442079460018",)


def test_an_accounts_zone_may_be_called_as_in_the_accounts_table_and_is_told_by_that_name() -> None:
    assert of_text('[accounts.1]\ntimezone = "America/Denver"\n', HERE).accounts[0].zone == "America/Denver"
    told = wrong('[accounts.1]\nname = "Polar"\ntimezone = "America/Denvre"\n')
    assert [line.partition(" is ")[0] for line in told] == ["3: [accounts.1] timezone"]


def test_all_that_is_wrong_is_told_at_once_in_the_order_of_the_file() -> None:
    told = wrong(
        """[service]
zone = "EST5"
[accounts.1021]
coverage = "Mo-Fr 25:00"
nmae = "Polar"
path_limit = "four"
[thresholds]
long_rng_s = 3
long_hold_s = -1
[acounts]
"""
    )
    assert [line.partition(":")[0] for line in told] == ["2", "4", "5", "6", "8", "9", "10"]
    assert told[1].startswith('4: [accounts.1021] coverage is "Mo-Fr 25:00"; expected opening_hours syntax')
    assert "nmae is no key" in told[2]
    assert told[2].endswith("Did you mean name?")
    assert told[3] == '6: [accounts.1021] path_limit is "four"; expected a whole number, 1 to 10000.'
    assert told[4] == "8: [thresholds] long_rng_s is no threshold. Did you mean long_ring_s?"
    assert "expected a number of s, 0 or more" in told[5]
    assert "[acounts] is no section" in told[6]
    assert told[6].endswith("Did you mean accounts?")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[service]\nzone = "Eastern"', "Did you mean America/New_York?"),
        ('[service]\nzone = "new york"', "Did you mean America/New_York?"),
        ('[service]\nzone = "America/New_Yrok"', "Did you mean America/New_York?"),
        ('[service]\ncountry = "UK"', "Did you mean GB?"),
        ("[service]\nname = 3", '[service] name is 3; expected a text in quotes, such as "…".'),
        ("service = 3", "[service] is 3; expected a table"),
        ("[[service]]", "[service] is [a table]; expected a table with keys of its own."),
        ('[sources]\npath = "x"', "expected [[sources]], in double brackets, one each."),
        ("[[sources]]\nzone = 'UTC'", "[[sources]] has no path"),
        ('[[sources]]\npath = "a"\n[[sources]]\npath = 1', "4: [[sources]] no. 2 path is 1"),
        ('[[sources]]\npath = "a"\nformat = "mitel-smrd"', "Did you mean mitel-smdr?"),
        ('[[sources]]\npath = "a"\nmapping = "acme"', 'mapping is "acme"'),
        ('[[sources]]\npath = "$NOWHERE_AT_ALL/x"', "$NOWHERE_AT_ALL is not set"),
        ('zone = "UTC"', "It belongs under [service] or [[sources]] or [[calendars]] or [accounts]."),
        ('[accounts]\n1021 = "Polar"', 'expected file = "…", or a table [accounts.ID].'),
        ('[accounts.1]\nnumbers = ["+17175550148"]\n[accounts.2]\nnumbers = ["717 555 0148"]',
         "4: [accounts.2] numbers has +17175550148, which [accounts.1] has too"),
        ('[accounts.1]\nnumbers = ["abc"]', "'abc' among them"),
        ('[mail]\nhost = "smtp.example.com:587"\nfrom = "a@b.c"', "The port has a key of its own"),
        ('[mail]\nhost = "h"', "[mail] has no from"),
        ('[mail]\nfrom = "a@b.c"', "[mail] has no host"),
        ('[mail]\nhost = "h"\nfrom = "nobody"', "expected a mail address"),
        ('[mail]\nhost = "h"\nfrom = "a@b.c\\r\\nBcc: x@y.z"', "expected a mail address"),
        ('[mail]\nhost = "h"\nfrom = "a@b.c"\ntls = "none"\nuser = "u"', "never sent unencrypted"),
        ("[audit]\nfdr = 0", "expected a number, above 0 to 1"),
        ("[audit]\nfdr = true", "[audit] fdr is true"),
        ('[audit]\nfail_on = "hihg"', "Did you mean high?"),
        ('[[calendars]]\nfile = "https://calendar.example/a.ics"', "expected a file on this machine. Have it fetched"),
        ('[[calendars]]\nfile = "a.ics"\nscope = "account"', 'Say which: account = "…".'),
        ('[[holidays]]\ncountry = "US"\nsubdivision = "Pennsylvania"', "subdivision is"),
        ('[[holidays]]\ncountry = "USS"', "expected a country"),
        ('[[holidays]]\ncountry = "US"\ncategories = ["publik"]', "Did you mean public?"),
        ("[mappings.x]", "[mappings.x] is empty"),
        ('[mappings.x]\ntable = "calls"\ncolumns = ["a"]', "nothing fills"),
        ("[thresholds]\nfile = 'nothing.toml'", "the profile can't be read"),
        ("[service]\nname = ", "2: this is no TOML: invalid value, at name."),
        ('[service]\nzone = "UTC"\nzone = "UTC"', "3: this is no TOML: a key that stands there twice, at zone."),
        ("[service]\n[service]", "this is no TOML"),
    ],
)
def test_what_is_wrong_is_said_with_what_would_be_right(text: str, expected: str) -> None:
    assert any(expected in line for line in wrong(text)), wrong(text)


@pytest.mark.parametrize(
    "text",
    [
        '[mail]\nhost = "h"\nfrom = "a@b.c"\npassword = "hunter2"',
        '[mail]\nhost = "h"\nfrom = "a@b.c"\nsmtp_password = "hunter2"',
        '[[sources]]\npath = "mysql://reader:hunter2@pbx/cdr"',
        '[[sources]]\npath = "postgresql://reader@pbx/cdr?password=hunter2"',
        '[ledger]\nurl = "postgresql://desk:hunter2@db/ledger"',
        '[service]\napi_token = "hunter2"',
    ],
)
def test_a_secret_in_the_clear_is_refused_and_not_repeated(text: str) -> None:
    told = wrong(text)
    assert "hunter2" not in "".join(told)
    assert any("secret in the clear" in line or "without its password" in line for line in told)


def test_a_name_that_would_steer_a_terminal_is_written_out() -> None:
    told = "".join(wrong('["\\u001b[2J"]\nx = 1'))
    assert "\x1b" not in told
    assert "\\x1b[2J" in told


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nothing\.toml \(--config\) does not exist"):
        read(tmp_path / "nothing.toml")


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes('[service]\nname = "Zoë"'.encode("cp1252"))
    with pytest.raises(UsageError, match="no UTF-8"):
        read(file)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(b"\xef\xbb\xbf" + b'[service]\nname = "Zo\xc3\xab"')
    assert read(file).service.name == "Zoë"


def test_a_profile_file_and_keys_of_its_own_stand_together(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text('name = "ours"\n[thresholds]\nlong_ring_s = 20\nlong_hold_s = 40\n')
    config = of_text('[thresholds]\nfile = "ours.toml"\nlong_hold_s = 50\n', tmp_path / "config.toml")
    assert config.profile is not None
    assert (config.profile.value("long_ring_s"), config.profile.value("long_hold_s")) == (20, 50)
    alone = of_text('[thresholds]\nfile = "ours.toml"\n', tmp_path / "config.toml")
    assert alone.profile is not None
    assert alone.profile.name == "ours"


def test_every_key_says_what_it_takes_and_means() -> None:
    for kind in {**settings.TABLES, **settings.LISTS, **settings.NAMED}.values():
        assert kind.__doc__
        for name, field in settings.keys_of(kind).items():
            assert field.metadata["takes"].words, name
            assert field.metadata["meaning"], name


def test_every_section_is_a_field_and_in_the_reference() -> None:
    known = {*settings.TABLES, *settings.LISTS, *settings.NAMED, "thresholds"}
    assert known == set(settings.SECTIONS)
    assert {f.name for f in fields(settings.Config)} >= known - {"thresholds"}


def test_examples_of_keys_are_themselves_right() -> None:
    for name, kind in settings.TABLES.items():
        for key, field in settings.keys_of(kind).items():
            if field.metadata["example"] and name != "mail":
                of_text(f"[{name}]\n{key} = {field.metadata['example']}\n", HERE)
    mail = "\n".join(
        f"{k} = {f.metadata['example']}" for k, f in settings.keys_of(settings.MailSettings).items() if f.metadata["example"]
    )
    assert of_text(f"[mail]\n{mail}\n", HERE).mail.user == "reports"


@given(st.text(alphabet='[]="\'#.\n abc1', max_size=60))
def test_no_text_breaks_it_in_another_way_than_by_saying_so(text: str) -> None:
    lines: tuple[str, ...] = (str(HERE),)
    try:
        of_text(text, HERE)
    except ConfigError as error:
        lines = error.lines
    assert lines
    assert all(line.startswith(str(HERE)) for line in lines)


@pytest.mark.parametrize(("said", "meant"), [("off", "none"), ("none", "none"), ("implicit", "tls"), ("starttls", "starttls")])
def test_how_a_mail_server_is_reached_may_be_said_as_in_its_address(said: str, meant: str) -> None:
    assert of_text(f'[mail]\nhost = "h"\nfrom = "a@b.c"\ntls = "{said}"', HERE).mail.tls == meant

"""The option that names the store."""

from __future__ import annotations

import click

from calltrace.cli import options

at_store = click.option(
    "--store",
    metavar="PLACE",
    callback=options.configured(lambda config: config.store.path),
    help="Where the store lies: a folder or s3://BUCKET/FOLDER; else the configured one, else $CALLTRACE_STORE, else"
    " the user's data folder.",
)

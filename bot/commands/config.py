"""backstop config"""

from __future__ import annotations

from pathlib import Path

import click

from bot.commands.options import config_option
from config import load_settings, tenants_of
from escalation.store import Database


@click.group()
def config() -> None:
    """Look at the settings."""


@config.command()
@config_option
def check(config_file: Path | None) -> None:
    """Check the settings and say what is in force."""
    settings = load_settings(config_file)
    tenants_of(settings)
    click.echo(f"settings are fine; database: {Database(settings.database_url).describe()}")
    for name, tenant in {**settings.tenants, "unowned": settings.unowned}.items():
        mode = "shadow: nobody is pinged" if tenant.shadow else "live"
        owned = ", ".join(tenant.communities) or "every community that nobody owns"
        click.echo(f"  {name}: {mode}; policy {tenant.policy}; {owned}")


@config.command()
def example() -> None:
    """Print example.toml: every setting, explained."""
    click.echo((Path(__file__).parents[2] / "config" / "example.toml").read_text("utf-8"), nl=False)

"""Settings: secrets from the environment, the rest from TOML, all of it typed, frozen and explained."""

from config.build import tenants_of
from config.settings import Settings, load_settings

__all__ = ["Settings", "load_settings", "tenants_of"]

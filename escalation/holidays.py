"""Public holidays by country and region, from the holidays package, a year at a time. Pure."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache

from escalation.errors import InputError
from escalation.hours import nearby

_HELP = "write ISO 3166 codes, a country or a country with a region, e.g. DE or DE-BY"
_SHOWN = 30
"""Regions listed in an error."""


@dataclass(frozen=True, slots=True, order=True)
class HolidayRegion:
    """Whose public holidays close an office: an ISO 3166-1 country, and a region of it or the whole."""

    country: str
    region: str = ""

    def __post_init__(self) -> None:
        regions = _countries().get(self.country)
        if regions is None:
            raise InputError(f"unknown country {self.country!r}{_nearby_countries(self.country)}; {_HELP}")
        if self.region and self.region not in regions:
            raise InputError(_regions_of(self.country, self.region))

    def __contains__(self, day: date) -> bool:
        return day in _holidays(self.country, self.region, day.year)

    def __str__(self) -> str:
        return f"{self.country}-{self.region}" if self.region else self.country


def parse_region(text: str) -> HolidayRegion:
    """The region "DE-BY" or the whole country "DE", in any case.

    Raises InputError that lists the known countries or regions nearby.
    """
    given, dash, region = text.strip().partition("-")
    if dash and not region:
        raise InputError(f"{text!r} names no region: {_HELP}")
    country = _ISO.get(given.upper(), given.upper())
    regions = _countries().get(country)
    if regions is None:
        return HolidayRegion(given)
    return HolidayRegion(country, next((one for one in regions if one.casefold() == region.casefold()), region))


_ISO = {"UK": "GB"}
"""What people write for an ISO code."""


@cache
def _countries() -> dict[str, list[str]]:
    """The known regions of each known country."""
    import holidays  # 40 ms that a house without holidays need not wait for

    return holidays.list_supported_countries(include_aliases=False)


@lru_cache(maxsize=4096)
def _holidays(country: str, region: str, year: int) -> frozenset[date]:
    """The public holidays of one year, moved ones where they are kept; none in years the package does not know."""
    import holidays

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some countries warn of years that they do not know
        return frozenset(holidays.country_holidays(country, subdiv=region or None, years=year))


def _nearby_countries(given: str) -> str:
    from holidays.registry import COUNTRIES

    codes = {name: code for name, (_, code, *_) in COUNTRIES.items() if code in _countries()}
    shown = {name: f"{code} ({name.replace('_', ' ').title()})" for name, code in codes.items()}
    by_code = {code: shown[name] for name, code in codes.items()}
    alike = [title for code, title in sorted(by_code.items()) if code[0] == given[:1].upper()]
    return nearby(given, shown | by_code) or (f"; known are {', '.join(alike)}" if alike else "")


def _regions_of(country: str, region: str) -> str:
    regions = _countries()[country]
    if not regions:
        return f"{country} has no regions here: write {country} alone"
    more = f" and {len(regions) - _SHOWN} more" if len(regions) > _SHOWN else ""
    near = nearby(region, _region_names(country))
    return f"{country} has no region {region!r}{near}; known are {', '.join(regions[:_SHOWN])}{more}"


def _region_names(country: str) -> dict[str, str]:
    """What people may write for a region, to its code: "Bayern" -> "BY"."""
    import holidays

    names: dict[str, str] = getattr(holidays.country_holidays(country), "subdivisions_aliases", {})
    return {name: f"{code} ({name})" for name, code in names.items()} | {code: code for code in _countries()[country]}

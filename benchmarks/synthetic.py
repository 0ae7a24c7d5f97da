"""Invented datasets of the same shape as a real one, as large as wanted: source texts, the claims read from them, a project file.

    python benchmarks/synthetic.py FOLDER --events 1000 --seed 1

Every thousand events stand in a listing of their own, with a letter beside it that names some of them again and now and then gives
another date. Events have places, organisers, contacts, speakers with offices, documents, deadlines and parts; claims have lines and
are printed, inferred, corrected or hedged. Things are described where they are first printed, so that nothing but the thousand in
hand is kept in memory. The same number of events and the same seed give the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

PER_LISTING = 1000
BASE = "https://example.org/synthetic/"
IDS = f"{BASE}id/"
_CODES = [f"{a}{b}" for a in "QVWXYZ" for b in "ABCDEFGH"]
_SYLLABLES = [
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "ha",
    "je",
    "ki",
    "lo",
    "mu",
    "na",
    "pe",
    "ri",
    "so",
    "tu",
    "va",
    "we",
    "xi",
    "yo",
    "zu",
    "bra",
    "cle",
    "dri",
    "flo",
    "gru",
]
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_KINDS = ("Council", "Union", "Institute", "Forum", "Agency", "Network", "Office", "Alliance")
_BODY_TYPES = ("committee", "group", "ngo", "un-body", "academic", "government", "company", "secretariat")
_EVENT_TYPES = ("conference", "workshop", "consultation", "briefing", "thematic-meeting", "forum")
_ATTENDANCE = (
    "open",
    "open-with-registration",
    "accredited",
    "members-only",
    "invitation-only",
    "observers",
)
_ROLES = {"Convenor": "convenor", "Organised by": "organiser", "In cooperation with": "partner"}
_OFFICES = ("director", "chair", "adviser", "secretary")
_TOPICS = ("ports", "rivers", "libraries", "weights", "postage", "railways", "fisheries", "archives")

Node = dict[str, Any]


def name(number: int, length: int = 3) -> str:
    """An invented word, another one for each number."""
    number = number * 7919 + 12345  # so that neighbours do not look alike
    word = ""
    while number or length > 0:
        number, digit = divmod(number, len(_SYLLABLES))
        word += _SYLLABLES[digit]
        length -= 1
    return word.capitalize()


def yaml_lines(node: Mapping[str, Any], indent: int = 0) -> Iterator[str]:
    """A node in the layout of the project's source files; the values used here never need quotes."""
    pad = " " * indent
    for key, value in node.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield f"{pad}{key}:"
            for item in value:
                first, *rest = yaml_lines(item, indent + 2)
                yield f"{pad}- {first.lstrip()}"
                yield from rest
        elif isinstance(value, list):
            yield f"{pad}{key}: [{', '.join(value)}]"
        else:
            yield f"{pad}{key}: {value}"


@dataclass
class Document:
    """A source text and the records that were read from it."""

    slug: str
    label: str
    kind: str
    text: list[str] = field(default_factory=list)
    records: list[Node] = field(default_factory=list)

    def aside(self, line: str, reason: str) -> None:
        """A line without a fact."""
        self.text.append(line)
        number = len(self.text)
        record = {"id": f"aside/{self.slug}/{number}", "type": "SetAside", "source": f"document/{self.slug}"}
        self.records.append({**record, "lines": str(number), "reason": reason})

    def claim(self, lines: str, states: list[Node], suffix: str = "", **more: str) -> None:
        """A claim on some lines; ``suffix`` tells a second one on the same lines apart."""
        end = f"/{suffix}" if suffix else ""
        record = {"id": f"claim/{self.slug}/{lines}{end}", "source": f"document/{self.slug}", "lines": lines}
        self.records.append({**record, **more, "states": states})

    def write(self, folder: Path) -> None:
        """The text and the source file."""
        data = ("\n".join(self.text) + "\n").encode()
        (folder / "documents" / f"{self.slug}.txt").write_bytes(data)
        source = {
            "id": f"document/{self.slug}",
            "type": "Source",
            "label": self.label,
            "documentType": self.kind,
            "file": f"{self.slug}.txt",
            "sha256": hashlib.sha256(data).hexdigest(),
            "lineCount": str(len(self.text)),
        }
        write_records(folder / "sources" / f"{self.slug}.yaml", [source, *self.records])


def write_records(path: Path, records: Iterable[Node]) -> None:
    """A source file, one record at a time."""
    with path.open("w", encoding="utf-8") as file:
        for number, record in enumerate(records):
            first, *rest = yaml_lines(record, 2)
            file.write(("\n" if number else "") + "\n".join([f"- {first.lstrip()}", *rest]) + "\n")


class Generator:
    """Events in order; what was printed for the first time waits in ``new`` until a claim takes it along."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.new: list[Node] = []
        self.counts: dict[str, int] = {}

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def pick(self, kind: str, event: int, every: int) -> int:
        """The number of a thing of a kind of which one new one turns up every so many events; early ones come more often."""
        known = self.counts.get(kind, 0)
        if known <= event // every or known == 0:
            self.counts[kind] = known + 1
            self.new.append(getattr(self, f"_{kind}")(known))
            return known
        return int(known * self.random.random() ** 2)

    def _body(self, number: int) -> Node:
        node = {"id": f"body/{number}", "type": "Body", "label": self.body_label(number)}
        node |= {"acronym": f"B{number}", "bodyType": _BODY_TYPES[number % len(_BODY_TYPES)]}
        return node | ({"partOf": f"body/{number // 4}"} if number % 5 == 4 else {})

    def body_label(self, number: int) -> str:
        return f"{name(number)} {_KINDS[number % len(_KINDS)]}"

    def _place(self, number: int) -> Node:
        return {"id": f"place/{number}", "type": ["Place", "City"], "label": name(number, 2)}

    def _person(self, number: int) -> Node:
        given, family = name(number, 2), name(number + 500, 3)
        return {
            "id": f"person/{number}",
            "type": "Person",
            "label": f"{given} {family}",
            "name": f"{given} {family}",
            "familyName": family,
        }

    def listing(self, first: int, last: int) -> tuple[Document, Document]:
        """The listing of the events from ``first`` up to ``last``, and the letter that goes with it."""
        number = first // PER_LISTING + 1
        listing = Document(f"listing-{number:04}", f"Listing {number}", "listing")
        letter = Document(f"letter-{number:04}", f"Letter {number}", "letter")
        listing.aside("List of events", "heading")
        letter.aside("Dear colleagues", "courtesy")
        if first == 0:
            shared = [{"id": f"topic/{t}", "type": "Topic", "label": t.capitalize()} for t in _TOPICS]
            shared += [{"id": f"office/{o}", "type": "Office", "label": o.capitalize()} for o in _OFFICES]
            listing.text.append(f"On {', '.join(_TOPICS)}")
            listing.claim("2", shared)
        for event in range(first, last):
            if event % 5 == 4:
                self.part(event, listing)
            else:
                self.entry(event, listing, letter)
        return listing, letter

    def entry(self, event: int, listing: Document, letter: Document) -> None:
        """One entry: title, dates, place, organisers, rule, speakers, documents, deadline; and what a letter says of it."""
        start = date(2003, 1, 1) + timedelta(days=self.random.randrange(3000))
        end = start + timedelta(days=self.random.choice((0, 0, 1, 2, 4)))
        title = f"{_EVENT_TYPES[event % 6].replace('-', ' ').capitalize()} of {name(event + 10**6)}"
        body, city = self.pick("body", event, 8), self.pick("place", event, 40)
        node: Node = {"id": f"event/{event}", "type": "Event"}
        corrected, postponed, hedged = self.chance(0.05), self.chance(0.02), self.chance(0.05)
        first = len(listing.text) + 1
        listing.text.append(title.replace("of", "off") if corrected else title)
        listing.text.append(f"{printed(start)} - {printed(end)}")
        listing.text.append(name(city, 2))
        if not corrected:
            node["label"] = title
        if postponed:
            node |= {"plannedStart": str(start), "status": "postponed"}
        else:
            node |= {"start": str(start), "end": str(end)}
        if self.chance(0.2):
            node |= {"startTime": "09:30:00", "endTime": "17:00:00"}
            listing.text.append("09.30 - 17.00 hours")
        node |= {"place": f"place/{city}", "eventType": _EVENT_TYPES[event % 6]}
        rule = {"attendance": self.random.choice(_ATTENDANCE)} if self.chance(0.6) else {}
        node |= {} if hedged else rule
        node |= {
            "listedIn": f"document/{listing.slug}",
            "about": [f"topic/{self.random.choice(_TOPICS)}"],
            "participation": self.participations(event, body, listing),
        }
        if self.chance(0.3):
            node["documents"] = [self.document(event, listing)]
        if self.chance(0.15):
            node["deadlines"] = [self.deadline(event, start, body, listing)]
        inferred = self.participation(event, self.pick("body", event, 8), "organiser", "on-a-line")
        if self.chance(0.3) and inferred["agent"] != f"body/{body}":
            listing.text.append(self.body_label(int(inferred["agent"].partition("/")[2])))
        else:
            inferred = {}
        lines = f"{first}-{len(listing.text)}"
        listing.claim(lines, [node, *self.take_new(listing)])
        if inferred:
            states = [{"id": f"event/{event}", "participation": [inferred]}]
            listing.claim(lines, states, "inferred", basis="inferred")
        if corrected:
            state = {"id": f"event/{event}", "label": title, "hiddenLabel": title.replace("of", "off")}
            listing.claim(lines, [state], "corrected", basis="corrected")
        if hedged and rule:
            listing.claim(lines, [{"id": f"event/{event}", **rule}], "hedged", hedged="true")
        listing.text.append("")
        if self.chance(0.2) and not postponed:
            self.mention(event, title, start, letter)

    def participations(self, event: int, body: int, listing: Document) -> list[Node]:
        label, role = self.random.choice(list(_ROLES.items()))
        listing.text.append(f"{label}: {self.body_label(body)} (B{body})")
        found = [self.participation(event, body, role)]
        contact = self.pick("body", event, 8)
        listing.text.append(f"Contact: {self.body_label(contact)} (B{contact})")
        found.append(self.participation(event, contact, "contact", "contact"))
        if self.chance(0.3):
            person, at = self.pick("person", event, 4), self.pick("body", event, 8)
            office = self.random.choice(_OFFICES)
            speaker = self._person(person)
            words = f"{office.capitalize()} of the {self.body_label(at)}"
            listing.text.append(f"Speaker: {speaker['label']}, {words}")
            node: Node = {"id": f"participation/{event}/person-{person}", "type": "Participation"}
            found.append(node | {"agent": f"person/{person}", "role": "speaker", "onBehalfOf": f"body/{at}"})
            membership = {"id": f"membership/{person}-{at}-{office}", "type": "Membership"}
            membership |= {"organization": f"body/{at}", "office": f"office/{office}", "asPrinted": words}
            self.new.append({"id": f"person/{person}", "memberships": [membership]})
        return found

    def participation(self, event: int, body: int, role: str, suffix: str = "") -> Node:
        end = f"-{suffix}" if suffix else ""
        node = {"id": f"participation/{event}/body-{body}{end}", "type": "Participation"}
        return node | {"agent": f"body/{body}", "role": role}

    def document(self, event: int, listing: Document) -> Node:
        node = {"id": f"document/{event}-agenda", "type": "Document", "label": f"Agenda {event}"}
        listing.text.append(f"Agenda {event} (English and French, pdf)")
        return node | {"documentType": "agenda", "language": ["en", "fr"], "format": "pdf"}

    def deadline(self, event: int, start: date, body: int, listing: Document) -> Node:
        day = start - timedelta(days=30)
        listing.text.append(f"Register before {printed(day)} by office{body}@example.org")
        mail = {"id": f"contact/{body}", "type": "ContactPoint", "label": f"Mail of B{body}"}
        return {
            "id": f"deadline/{event}",
            "type": "Deadline",
            "label": f"Registration for {event}",
            "deadline": str(day),
            "purpose": "registration",
            "announcedIn": f"document/{listing.slug}",
            "submitTo": [mail | {"email": f"office{body}@example.org"}],
        }

    def part(self, event: int, listing: Document) -> None:
        """A meeting inside the entry before it."""
        title = f"Session on {name(event + 10**6)}"
        node: Node = {"id": f"event/{event}", "type": "Event", "label": title}
        node |= {"superEvent": f"event/{event - 1}", "attendance": self.random.choice(_ATTENDANCE)}
        listing.text.append(title)
        listing.claim(str(len(listing.text)), [node, *self.take_new(listing)])
        listing.text.append("")

    def mention(self, event: int, title: str, start: date, letter: Document) -> None:
        """The letter agrees, says less, or says something else."""
        kind = self.random.choice(("same", "same", "month", "other"))
        day = start - timedelta(days=1) if kind == "other" else start
        when = f"{_MONTHS[day.month - 1]} {day.year}" if kind == "month" else printed(day)
        letter.text.append(f"We recall the {title}, {when}.")
        said = {"startMonth": str(day)[:7]} if kind == "month" else {"start": str(day)}
        letter.claim(str(len(letter.text)), [{"id": f"event/{event}", **said}])

    def take_new(self, listing: Document) -> list[Node]:
        """What is described here because it is printed here first; the text gets the words that no other line has."""
        found, self.new = self.new, []
        for node in found:
            if "acronym" in node:
                listing.text[-1] += f", {node['acronym']}"
            elif "name" in node and not any(node["name"] in line for line in listing.text[-12:]):
                listing.text[-1] += f", {node['name']}"
        return found

    def packages(self) -> Iterator[Node]:
        """Two data packages: countries with their codes, and where the cities are."""
        for slug, label in (("country-codes", "Country codes"), ("gazetteer", "Gazetteer")):
            package = {"id": f"document/{slug}", "type": "Source", "label": label}
            yield package | {"documentType": "data-package", "version": "1.0.0"}
        for number, code in enumerate(_CODES):
            country = {
                "id": f"country/{code.lower()}",
                "type": ["Place", "Country"],
                "label": name(number, 4),
            }
            yield {
                "id": f"claim/country-codes/{code.lower()}",
                "source": "document/country-codes",
                "entry": code,
                "states": [country | {"countryCode": code}],
            }
        for number in range(self.counts["place"]):
            place = {"id": f"place/{number}", "within": f"country/{_CODES[number % len(_CODES)].lower()}"}
            place |= {"latitude": f"{number % 89}.{number % 9 + 1}", "longitude": f"{number % 179}.5"}
            yield {
                "id": f"claim/gazetteer/{number}",
                "source": "document/gazetteer",
                "entry": str(number),
                "states": [place | {"exactMatch": f"https://gazetteer.example/{number}"}],
            }


def printed(day: date) -> str:
    """A date as a text prints it."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def generate(folder: Path, events: int, seed: int = 1) -> Path:
    """Write a dataset with that many events, and return its project file."""
    for name_ in ("sources", "documents"):
        (folder / name_).mkdir(parents=True, exist_ok=True)
    generator = Generator(seed)
    starts = range(0, events, PER_LISTING)
    for first in starts:
        for document in generator.listing(first, min(first + PER_LISTING, events)):
            document.write(folder)
    write_records(folder / "sources" / "packages.yaml", generator.packages())
    numbers = range(1, len(starts) + 1)
    ranking = [f"document/letter-{n:04}" for n in numbers] + [f"document/listing-{n:04}" for n in numbers]
    project = folder / "muniment.toml"
    project.write_text(
        f"""[dataset]
title = "{events} invented events"
base = "{BASE}"
license = "https://creativecommons.org/publicdomain/zero/1.0/"

[sources]
ranking = [{", ".join(f'"{source}"' for source in ranking)}]
""",
        encoding="utf-8",
    )
    return project


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print(generate(arguments.folder, arguments.events, arguments.seed))

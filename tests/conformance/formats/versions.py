"""Which version of a table shows which entry of the log, as the tables' own metadata say."""

import json
import re
from dataclasses import dataclass

FORMATS = ("iceberg", "delta")
# The name under which a version says which entry it shows.
ENTRY = "ctlake.log_entry"
# Trino keeps statistics beside the versions.
DELTA_VERSION = re.compile(r"/[0-9]{20}\.json$")


@dataclass(frozen=True)
class Shown:
    """A table at one version: a number in Delta, an id and a time in milliseconds in Iceberg; without one, the current."""

    format: str
    name: str
    # Below the lake.
    path: str
    version: int | None = None
    time: int | None = None


def of_lake(lake, format, entry=None):
    """Every table of a lake as a format shows it, by name."""
    return {name: _shown(lake, format, name, entry) for name in lake.tables}


def _shown(lake, format, name, entry):
    path = f"iceberg/{name}" if format == "iceberg" else f"curated/{name}"
    if entry is None:
        return Shown(format, name, path)
    found = (iceberg if format == "iceberg" else delta)(lake, path)
    if entry not in found:
        raise LookupError(f"{path}: no version shows entry {entry}, only {sorted(found)}")
    return Shown(format, name, path, *found[entry])


def iceberg(lake, path):
    """Snapshot id and time by entry."""
    metadata = iceberg_metadata(lake, path)
    return {
        int(snapshot["summary"][ENTRY]): (snapshot["snapshot-id"], snapshot["timestamp-ms"])
        for snapshot in metadata["snapshots"]
        if ENTRY in snapshot["summary"]
    }


def iceberg_metadata(lake, path):
    """The newest metadata, as readers without a catalog find it."""
    number = int(lake.read(f"{path}/metadata/version-hint.text"))
    return json.loads(lake.read(f"{path}/metadata/v{number}.metadata.json"))


def delta(lake, path):
    """Version and time by entry."""
    found = {}
    for file in filter(DELTA_VERSION.search, lake.list(f"{path}/_delta_log/")):
        actions = map(json.loads, lake.read(file).splitlines())
        commit = next(action["commitInfo"] for action in actions if "commitInfo" in action)
        said = json.loads(commit.get("userMetadata", "{}"))
        # Other programs' versions show none.
        if ENTRY in said:
            version = int(file.rpartition("/")[2].removesuffix(".json"))
            found.setdefault(int(said[ENTRY]), (version, commit["timestamp"]))
    return found

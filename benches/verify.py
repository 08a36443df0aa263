#!/usr/bin/env python3
"""Compares builds of ct_slices: verify.py RELEASE_OF=FOLDER … prints one JSON object; exit code 1 when they differ.

For each build: rows, rows per split and class, rows whose patient is in the metadata, and for each column a sum of
hashes of (split, label line, value). Equal sums mean equal values in every row, whatever the order of rows and files.
"""

import json
import sys

import duckdb

WHOLE = ("class_id", "slice_index", "bbox_xmin", "bbox_ymin", "bbox_xmax", "bbox_ymax", "age")
TEXT = (
    "image_key file_name release patient_id scan_id source age_band verified_finding slice_selection"
    " country sex diagnosis"
).split()


def fingerprint(folder):
    """What is compared of one build."""
    db = duckdb.connect()
    db.execute("SET enable_progress_bar = false")
    rows = "read_parquet(?, hive_partitioning=true, hive_types_autocast=false)"
    values = {name: f"{name}::BIGINT" for name in WHOLE} | {name: f"{name}::VARCHAR" for name in TEXT}
    values["in_metadata"] = "in_metadata::BOOLEAN"
    # Both sides of the hash have one type whatever the writer chose.
    sums = ", ".join(
        f"sum(hash(split::VARCHAR, label_line::BIGINT, {value}))::VARCHAR AS {name}" for name, value in values.items()
    )
    pattern = [f"{folder}/**/*.parquet"]
    row = db.execute(f"SELECT {sums} FROM {rows}", pattern)
    columns = dict(zip([column[0] for column in row.description], row.fetchone(), strict=True))
    total, known, named = db.execute(
        f"SELECT count(*), count(*) FILTER (in_metadata), count(patient_id) FROM {rows}", pattern
    ).fetchone()
    counts = db.execute(
        f"SELECT split::VARCHAR, diagnosis::VARCHAR, count(*) FROM {rows} GROUP BY ALL ORDER BY ALL", pattern
    ).fetchall()
    return {
        "rows": total,
        "rows with a patient": named,
        "rows in metadata": known,
        "rows per split and class": {f"{split} {diagnosis}": count for split, diagnosis, count in counts},
        "columns": columns,
    }


def main():
    """The command line."""
    builds = dict(argument.split("=", 1) for argument in sys.argv[1:])
    prints = {who: fingerprint(folder) for who, folder in builds.items()}
    first = next(iter(prints))
    differences = []
    for who, found in prints.items():
        for key, expected in prints[first].items():
            if key == "columns":
                differences += [f"{who}: {name}" for name in expected if found[key][name] != expected[name]]
            elif found[key] != expected:
                differences.append(f"{who}: {key}: {found[key]}, {first} has {expected}")
    shown = {key: value for key, value in prints[first].items() if key != "columns"}
    shown["compared columns"] = list(prints[first]["columns"])
    json.dump({"builds": list(builds), "found": shown, "differences": differences}, sys.stdout, indent=1)
    print()
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""What `ctlake register --format` costs: requests, seconds, bytes of metadata, and how long readers take to open a table.

    formats.py --ctlake BIN --labels DIR [--latency 20] [--versions 200]

The requests are counted by the proxy before S3 and Glue, which holds each answer back for the latency in milliseconds.
S3 and Glue are those of tests/conformance; this needs formats/requirements.txt there. The versions are of a lake in a
folder, which goes to and fro between two snapshots.
"""

import argparse
import os
import pathlib
import statistics
import sys
import tempfile
import time
from collections import Counter
from types import SimpleNamespace

HERE = pathlib.Path(__file__).resolve().parent
# The package `formats` there comes before this file.
sys.path[:0] = [str(HERE.parent / "tests" / "conformance"), str(HERE)]

import store  # noqa: E402
from catalog.aws import Aws  # noqa: E402
from ctlake import Ctlake  # noqa: E402
from formats import lakes, local_readers, versions  # noqa: E402

OPENINGS = 7
QUESTION = "SELECT COUNT(*) AS n FROM ct_slices"
READERS = {"iceberg": ["DuckDB", "PyIceberg"], "delta": ["DuckDB", "delta-rs"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ctlake", required=True)
    parser.add_argument("--labels", required=True, type=pathlib.Path)
    parser.add_argument("--latency", default="20", metavar="MS")
    parser.add_argument("--versions", type=int, default=200)
    parser.add_argument("--formats", nargs="+", default=versions.FORMATS, choices=versions.FORMATS)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ctlake-formats-") as temp:
        folder = pathlib.Path(temp).resolve()
        fewer = lakes.fewer(arguments.labels, folder / "fewer")
        with Aws() as aws:
            requests(arguments, aws, folder, fewer)
        opening(arguments, folder, fewer)


def requests(arguments, aws, folder, fewer):
    """Registering each format into the lake and Glue: the first time, a second snapshot, and when there is nothing to do."""
    lake = lakes.Bucket(Ctlake(arguments.ctlake), aws, after=lambda lake: None)
    lake.run("ingest", arguments.labels)
    lake.run("build")
    print(f"{len(lake.parquet())} data files; latency {arguments.latency} ms\n")
    print("| format | | requests | LIST | GET | PUT | Glue | s | metadata written |")
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|")
    for step in ("first", "a new snapshot", "nothing new"):
        if step == "a new snapshot":
            lake.run("ingest", fewer, "--replace")
            lake.run("build")
        for format in ("hive", *arguments.formats):
            before = sizes(lake)
            counted, seconds = registered(arguments, lake, aws, folder, format)
            written = sum(size for path, size in sizes(lake).items() if path not in before)
            kinds = " | ".join(str(counted[kind]) for kind in ("LIST", "GET", "PUT", "POST"))
            cost = f"{sum(counted.values())} | {kinds} | {seconds:.2f} | {written / 1e3:,.0f} kB"
            print(f"| {format} | {step} | {cost} |", flush=True)


def registered(arguments, lake, aws, folder, format):
    """Requests by kind, and seconds."""
    endpoint = aws.endpoint.removeprefix("http://")
    with store.Proxy(SimpleNamespace(address=endpoint), folder / "proxy.txt", "--latency", arguments.latency) as proxy:
        program = Ctlake(arguments.ctlake)
        program.env["AWS_ENDPOINT_URL"] = f"http://{proxy.address}"
        begin = time.perf_counter()
        program.run("register", "--format", format, "--database", f"covidx_{format}", "--lake", lake.folder)
        seconds = time.perf_counter() - begin
    counted = Counter()
    for kind, times in proxy.report["kinds"].items():
        counted[kind.split()[0]] += times
    return counted, seconds


def sizes(lake):
    """Bytes of the metadata, by path."""
    pages = lake.aws.s3.get_paginator("list_objects_v2").paginate(Bucket=lakes.BUCKET, Prefix=f"{lakes.DATABASE}/")
    objects = {item["Key"]: item["Size"] for page in pages for item in page["Contents"]}
    return {path: size for path, size in objects.items() if "/iceberg/" in path or "/_delta_log/" in path}


def opening(arguments, folder, fewer):
    """A lake of many versions: what they weigh, and how long it takes to open the table and count its rows."""
    lake = lakes.Folder(Ctlake(arguments.ctlake), folder / "lake")
    lake.run("ingest", arguments.labels)
    lake.run("build")
    lake.run("ingest", fewer, "--replace")
    lake.run("build")
    local_readers.install_extensions(folder / "home")
    print("\n| format | versions | metadata of ct_slices | a version | reader | open and count, ms |\n|---|--:|--:|--:|---|--:|")
    for count in (2, arguments.versions):
        for number in range(lake_entries(lake), count):
            lake.run("snapshots", "rollback", 1 + number % 2)
        for format in arguments.formats:
            lake.run("register", "--format", format)
            shown = versions.of_lake(lake, format)["ct_slices"]
            kept = shown.path if format == "iceberg" else f"{shown.path}/_delta_log"
            size = sum((lake.folder / path).stat().st_size for path in lake.list(kept))
            for name in READERS[format]:
                reader = local_readers.load(name)
                # The first opening also loads the reader's code.
                times = [opened(reader, lake, shown) for _ in range(OPENINGS + 1)][1:]
                line = f"{size / 1e3:,.0f} kB | {size / count / 1e3:,.1f} kB | {name} | {statistics.median(times) * 1e3:,.0f}"
                print(f"| {format} | {count} | {line} |", flush=True)


def lake_entries(lake):
    return len(lake.list("_ctlake/log/"))


def opened(reader, lake, shown):
    begin = time.perf_counter()
    table = reader(lake.folder, {"ct_slices": shown})
    if hasattr(table, "ask"):
        table.ask(QUESTION)
    else:
        table.tables["ct_slices"][0].scan().count()
    return time.perf_counter() - begin


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    main()

"""Checks the Iceberg and Delta tables of `ctlake register` with engines that nobody here wrote. See README.md."""

import argparse
import functools
import logging
import os
import sys
import tempfile
import warnings
from pathlib import Path

from catalog import jdk, trino_engine, trino_server
from catalog.aws import Aws
from ctlake import Ctlake, Failed
from formats import lakes, local_readers, maintenance, others, page, spark_reader, trino_reader, versions
from formats.checks import Expected
from maven import Missing
from report import Report

# What Spark 4 runs on.
SPARK_JDKS = (17, 21)


def main():
    arguments = parse_arguments()
    # Readers warn of what they can't prune; this is about answers.
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    report = Report()
    with tempfile.TemporaryDirectory(prefix="ctlake-formats-") as temp:
        # Snippets name the lake as `lake`.
        os.chdir(temp)
        try:
            check_all(arguments, Path(temp).resolve(), report)
        except Failed as error:
            report.result("ctlake", "runs", [error])
    return report.exit_code()


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ctlake", required=True, metavar="BINARY", help="the program under test")
    parser.add_argument("--labels", metavar="FOLDER", help="label files and metadata (default: a synthetic sample)")
    parser.add_argument("--cache", required=True, metavar="FOLDER", type=Path, help="where Trino and Spark's jars are kept")
    parser.add_argument("--formats", nargs="+", default=versions.FORMATS, choices=versions.FORMATS, help="check these only")
    return parser.parse_args()


def check_all(arguments, folder, report):
    ctlake = Ctlake(arguments.ctlake)
    labels = arguments.labels
    if labels is None:
        labels = folder / "sample"
        ctlake.run("sample", labels, "--patients", 200, "--seed", 7)
    fewer = lakes.fewer(labels, folder / "fewer")
    on_disk(ctlake, arguments.formats, arguments.cache, folder, labels, fewer, report)
    with Aws() as aws:
        on_s3(Ctlake(arguments.ctlake), arguments.formats, arguments.cache, aws, folder, labels, fewer, report)


def on_disk(ctlake, formats, cache, folder, labels, fewer, report):
    """Three entries that are shown at once."""
    lake = lakes.Folder(ctlake, folder / "lake")
    lake.live(labels, fewer)
    for format in formats:
        lake.run("register", "--format", format)
        shown_already(lake, report, "--format", format)
    expected = Expected(lake, labels)
    found = {}
    for name, (_, known) in local_readers.READERS.items():
        wanted = [format for format in known if format in formats]
        if not wanted:
            continue
        try:
            found[name] = local_readers.load(name)
        except ImportError as error:
            report.skip(name, error)
            continue
        if name == "DuckDB":
            local_readers.install_extensions(folder / "home")
        expected.check_all(name, wanted, functools.partial(found[name], lake.folder), report)
        page.check(name, wanted, lake, report, getattr(found[name], "ask_alone", None))
    session = spark_session(cache, lake, folder, report)
    if session is not None:
        open_reader = functools.partial(spark_reader.Spark, session, lake.folder)
        expected.check_all("Spark", formats, open_reader, report)
        page.check("Spark", formats, lake, report)
    if "delta-rs" in found:
        maintenance.check("delta-rs", lake, maintenance.of_delta_rs(lake), report)
        others.delta_rs(lake, report)
    if session is not None:
        maintenance.check("Spark", lake, maintenance.of_spark(session, lake, formats), report)
        if "iceberg" in formats:
            lake.run("register", "--format", "iceberg")
            expected.check_all("Spark, dropped and registered again", ["iceberg"], open_reader, report, [None])
        session.stop()


def shown_already(lake, report, *options):
    """Registering again finds nothing to do and writes nothing."""
    before = {path: lake.read(path) for path in lake.list("") if not path.endswith(".parquet")}
    lake.run("register", *options)
    after = {path: lake.read(path) for path in lake.list("") if not path.endswith(".parquet")}
    changed = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    report.result("ctlake", f"register {' '.join(options)}, a second time: writes nothing", changed)


def spark_session(cache, lake, folder, report):
    """A session, or none where Spark is skipped."""
    java = jdk.find(*SPARK_JDKS)
    if java is None:
        report.skip("Spark", f"no JDK {SPARK_JDKS[0]} to {SPARK_JDKS[1]}")
        return None
    try:
        return spark_reader.session(java, cache, lake.folder, folder / "spark")
    except (ImportError, Missing) as error:
        report.skip("Spark", error)
        return None


def on_s3(ctlake, formats, cache, aws, folder, labels, fewer, report):
    """Three entries, each shown before the next is published."""
    options = ("--format", ",".join(["hive", *formats]), "--database", lakes.DATABASE)
    lake = lakes.Bucket(ctlake, aws, after=lambda lake: lake.register(*options))
    lake.live(labels, fewer)
    shown_already(lake, report, *options)
    try:
        server = trino_server.Trino(cache, folder, aws)
    except Missing as why:
        report.skip("Trino", why)
        return
    expected = Expected(lake, labels)
    with server:
        open_reader = functools.partial(trino_reader.TrinoTables, server)
        expected.check_all("Trino", formats, open_reader, report)
        engine = trino_engine.TrinoEngine(server, lakes.DATABASE)
        page.check("Trino", formats, lake, report, engine.ask)
        others.trino(lake, engine, formats, options, report)
        maintenance.check("Trino", lake, maintenance.of_trino(engine, formats), report)
        lake.register(*options)
        expected.check_all("Trino, dropped and registered again", formats, open_reader, report, [None])
        if "iceberg" in formats:
            others.stale_version(lake, options, report)


if __name__ == "__main__":
    sys.exit(main())

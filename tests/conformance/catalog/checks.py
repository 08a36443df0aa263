"""The checks, each over one lake."""

import importlib

import sqlglot

from catalog import swaps
from catalog.athena_engine import CtlakeAthena, WranglerAthena
from catalog.datafusion_engine import DataFusion
from catalog.spark_engine import Spark
from catalog.trino_engine import TrinoEngine
from catalog.wrangler_engine import Wrangler
from checks import answers
from labels import Labels

VIEWS = ["slices_by_cohort", "patients_by_split", "quality_summary", "slice_images"]
COUNTRIES = {"Iran": "Côte d'Ivoire", "Russia": "O'Higgins", "England": "Saint Pierre and Miquelon"}


def awkward(sample, folder):
    """The labels and metadata of a sample, with countries that are hard to write; not every country has every sex."""
    folder.mkdir()
    for file in sample.glob("*"):
        if file.is_file():
            text = file.read_text(encoding="utf-8")
            if file.name == "metadata.csv":
                for old, new in COUNTRIES.items():
                    text = text.replace(f",{old},", f",{new},")
            (folder / file.name).write_text(text, encoding="utf-8")
    return folder


def registration(lake, report):
    """The first registration makes everything, the second nothing, and the partitions come when they are asked for."""
    first, asked = lake.register()
    made = {"GetDatabase": 1, "CreateDatabase": 1, "CreateTable": 8}
    report.result("Glue", f"{lake.database}: first registration, {total(asked)} requests", differs(made, asked))
    again, asked = lake.register()
    problems = [name for name in asked if not name.startswith("Get")]
    problems += [f"changed {again[kind]}" for kind in ("created", "updated") if again[kind]]
    report.result("Glue", f"{lake.database}: second registration, {total(asked)} requests, changes nothing", problems)
    listed, asked = lake.register("--partitions")
    found = {table: partitions(lake, table) for table in ("ct_slices", "patients")}
    problems = []
    for table, locations in found.items():
        folders = {str(file.parent.relative_to(lake.paths[table])) for file in lake.paths[table].rglob("*.parquet")}
        root = f"{lake.folder}/curated/{table}/{lake.snapshot()}/"
        if {location.removeprefix(root).rstrip("/") for location in locations} != folders:
            problems.append(f"{table}: the partitions are not the folders")
    count = sum(map(len, found.values()))
    report.result("Glue", f"{lake.database}: {count} partitions with {total(asked)} requests", problems)


def partitions(lake, table):
    pages = lake.aws.glue.get_paginator("get_partitions").paginate(DatabaseName=lake.database, TableName=table)
    return [item["StorageDescriptor"]["Location"] for page in pages for item in page["Partitions"]]


def total(asked):
    return sum(asked.values())


def differs(expected, got):
    return [] if expected == got else [f"expected {expected}, got {got}"]


def statements(lake, report):
    """Another parser reads every statement, with and without projection."""
    problems = []
    count = 0
    for how in ([], ["--partitions"]):
        for statement in lake.ddl(*how):
            count += 1
            try:
                parsed = sqlglot.parse_one(statement, dialect="athena")
            except sqlglot.errors.SqlglotError as error:
                problems.append(f"{error}: {statement[:100]}")
                continue
            if isinstance(parsed, sqlglot.exp.Command) and not statement.startswith("ALTER TABLE"):
                problems.append(f"not understood: {statement[:100]}")
    report.result("sqlglot", f"{lake.database}: reads {count} statements", problems)


def engines(lake, server, athena, java, folder, report):
    """One answer to every question, whoever reads: from the files, from Glue's partitions, or computing them."""
    print(f"the questions, of lake {lake.database}:")
    opened = {}
    for name in ("pyarrow", "duckdb", "polars"):
        opened[name] = importlib.import_module(f"engines.{name}_engine").open(lake)
    opened["DataFusion"] = DataFusion(lake)
    opened["awswrangler"] = Wrangler(lake)
    if java is not None:
        opened["Spark"] = Spark(lake, java, folder / "spark")
    if server is not None:
        opened["Trino"] = TrinoEngine(server, lake.database)
        opened["Trino (listed)"] = TrinoEngine(server, lake.database, "listed")
        opened["Athena"] = CtlakeAthena(lake, athena, "primary")
        opened["Athena (managed)"] = CtlakeAthena(lake, athena, "managed")
        opened["Athena (awswrangler)"] = WranglerAthena(lake, athena)
    slices = Labels(lake.labels).slices_per_patient()
    answers.check(opened, max(slices, key=slices.get), report)
    expected = set(opened["pyarrow"].partitions("ct_slices"))
    for name, engine in opened.items():
        got = set(engine.partitions("ct_slices"))
        report.result(name, f"{lake.database}: {len(expected)} partitions", differs(sorted(expected), sorted(got)))
    views(lake, opened, report)
    if java is not None:
        opened["Spark"].close()


def views(lake, opened, report):
    """A view is the same question to `ctlake sql`, Trino and Spark."""
    sql = importlib.import_module("engines.ctlake_engine").open(lake)
    for view in VIEWS:
        question = f"SELECT * FROM {view}"
        reference = ("ctlake sql", answers.normalised(sql._ask(question), False))
        for name in ("Trino", "Spark"):
            if name in opened:
                other = (name, answers.normalised(opened[name].ask(question), False))
                label = f"{lake.database}: view {view} ({len(other[1])} rows)"
                report.result(name, label, answers.differences(reference, other))


def swap(lake, server, times, folder, report):
    """A second snapshot with fewer slices; the tables follow it, and go to and fro under load."""
    fewer = folder / "fewer"
    fewer.mkdir()
    for file in lake.labels.glob("*"):
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        (fewer / file.name).write_text("".join(lines if file.suffix == ".csv" else lines[::2]), encoding="utf-8")
    lake.run("ingest", fewer, "--replace")
    lake.run("build")
    summary, asked = lake.register()
    lake.refresh()
    trino = TrinoEngine(server, lake.database)
    shown = trino.ask("SELECT snapshot_id FROM snapshot_info")
    problems = differs([(lake.snapshot(),)], shown)
    locations = partitions(lake, "ct_slices")
    problems += [f"left behind: {location}" for location in locations if lake.snapshot() not in location]
    updates = {name: count for name, count in asked.items() if not name.startswith("Get")}
    label = f"a new snapshot is shown after {total(asked)} requests ({updates}) in {summary['seconds']:.2f} s"
    report.result("Glue", label, problems)
    swaps.check(lake, lambda: TrinoEngine(server, lake.database), times, report)

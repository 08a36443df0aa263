"""Checks a lake that `ctlake` built with engines that nobody here wrote. See README.md."""

import argparse
import sys
import tempfile
from pathlib import Path

import engines
from checks import answers, data_contract, layout, recount
from ctlake import Ctlake, Failed, Lake
from labels import Labels
from report import Report


def main():
    arguments = parse_arguments()
    report = Report()
    with tempfile.TemporaryDirectory(prefix="ctlake-conformance-") as temp:
        # The path is resolved because a program may print it with symbolic links followed.
        folder = Path(temp).resolve()
        try:
            check_all(Ctlake(arguments.ctlake), arguments.labels, folder, report)
        except Failed as error:
            report.result("ctlake", "runs", [error])
    return report.exit_code()


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ctlake", required=True, metavar="BINARY", help="the program under test")
    parser.add_argument("--labels", metavar="FOLDER", help="label files and metadata (default: a synthetic sample)")
    return parser.parse_args()


def check_all(ctlake, labels, folder, report):
    if labels is None:
        labels = folder / "sample"
        ctlake.run("sample", labels, "--patients", 200, "--seed", 7)
    lake = Lake(ctlake, folder / "lake", labels)

    layout.check(lake, report)
    modules = engines.load(report)
    if "pyarrow" in modules:
        from checks import parquet_settings

        parquet_settings.check(lake, report)

    read_again = Labels(lake.labels)
    opened = answers.open_engines(modules, lake, report)
    if "duckdb" in opened:
        recount.check(read_again, opened["duckdb"].connection, report)
    slices = read_again.slices_per_patient()
    answers.check(opened, max(slices, key=slices.get), report)
    data_contract.check(lake, folder, report)

    awkward = folder / "awkward"
    layout.write_awkward_labels(awkward)
    layout.check_awkward(Lake(ctlake, folder / "awkward-lake", awkward), modules, report)


if __name__ == "__main__":
    sys.exit(main())

"""Checks what `ctlake register` shows in Glue with engines that nobody here wrote. See README.md."""

import argparse
import sys
import tempfile
from pathlib import Path

from catalog import athena_checks, checks, jdk, trino_corpus, trino_server
from catalog.athena_server import Athena
from catalog.aws import Aws
from catalog.s3_lake import S3Lake
from ctlake import Ctlake, Failed
from maven import Missing
from report import Report

# What Spark 4 runs on.
SPARK_JDKS = (17, 21)


def main():
    arguments = parse_arguments()
    report = Report()
    with tempfile.TemporaryDirectory(prefix="ctlake-catalog-") as temp, Aws() as aws:
        folder = Path(temp).resolve()
        try:
            check_all(arguments, aws, folder, report)
        except Failed as error:
            report.result("ctlake", "runs", [error])
    return report.exit_code()


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ctlake", required=True, metavar="BINARY", help="the program under test")
    parser.add_argument("--answers", metavar="BINARY", help="the integration tests of the program, for the corpus of questions")
    parser.add_argument("--labels", metavar="FOLDER", help="also check with these label files and metadata")
    parser.add_argument("--cache", required=True, metavar="FOLDER", type=Path, help="where Trino is kept")
    parser.add_argument("--swaps", type=int, default=100, help="how often the tables move under load (default: 100)")
    return parser.parse_args()


def check_all(arguments, aws, folder, report):
    sample = folder / "sample"
    Ctlake(arguments.ctlake).run("sample", sample, "--patients", 200, "--seed", 7)
    awkward = checks.awkward(sample, folder / "awkward")
    lakes = [S3Lake(arguments.ctlake, aws, "awkward", awkward, folder)]
    if arguments.labels:
        lakes.append(S3Lake(arguments.ctlake, aws, "real", arguments.labels, folder))
    for lake in lakes:
        checks.registration(lake, report)
        checks.statements(lake, report)

    java = jdk.find(*SPARK_JDKS)
    if java is None:
        report.skip("Spark", f"no JDK {SPARK_JDKS[0]} to {SPARK_JDKS[1]}")
    try:
        server = trino_server.Trino(arguments.cache, folder, aws)
    except Missing as why:
        report.skip("Trino", why)
        for lake in lakes:
            checks.engines(lake, None, None, java, folder, report)
        return
    with server, Athena(server, aws) as athena:
        for lake in lakes:
            checks.engines(lake, server, athena, java, folder, report)
            athena_checks.check(lake, athena, report)
            if arguments.answers and lake is lakes[-1]:
                trino_corpus.check(lake, server, arguments.answers, folder, report)
        checks.swap(lakes[0], server, arguments.swaps, folder, report)


if __name__ == "__main__":
    sys.exit(main())

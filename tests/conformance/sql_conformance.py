"""Asks `ctlake` and DuckDB the same questions of the same Parquet files: a corpus, and many made at random. See README.md."""

import argparse
import sys
import tempfile
from pathlib import Path

import duckdb
from ctlake import Ctlake, Failed, Lake
from report import Report
from sql import corpus
from sql.answers import Answers
from sql.compare import compare
from sql.grammar import Grammar


def main():
    arguments = parse_arguments()
    report = Report()
    with tempfile.TemporaryDirectory(prefix="ctlake-sql-") as temp:
        folder = Path(temp).resolve()
        try:
            ctlake = Ctlake(arguments.ctlake)
            sample = folder / "sample"
            ctlake.run("sample", sample, "--patients", 400, "--seed", 11)
            small = Both(arguments.answers, Lake(ctlake, folder / "small", sample), folder)
            # The corpus on as much as there is; what is made at random on little, since it is so much.
            large = Both(arguments.answers, Lake(ctlake, folder / "large", arguments.labels), folder) if arguments.labels else small
            corpus.check("DuckDB", large.answers, large.theirs, (), "", report)
            small.generated(report, arguments.seed, arguments.questions)
        except Failed as error:
            report.result("ctlake", "runs", [error])
    return report.exit_code()


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ctlake", required=True, metavar="BINARY", help="the program under test")
    parser.add_argument("--answers", required=True, metavar="BINARY", help="its integration tests, which answer many questions in one process")
    parser.add_argument("--labels", metavar="FOLDER", help="label files and metadata for the corpus (default: a synthetic sample)")
    parser.add_argument("--questions", type=int, default=2000, help="how many are made at random")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


class Both:
    """The two engines over one lake."""

    def __init__(self, answers, lake, folder):
        self.answers = Answers(answers, lake.folder, folder)
        self.duckdb = duckdb.connect()
        self.duckdb.execute("SET threads = 2")
        for table in ("ct_slices", "patients", "quality_findings", "snapshot_info"):
            files = f"{lake.paths[table]}/**/*.parquet"
            self.duckdb.execute(
                f"CREATE TABLE {table} AS SELECT * FROM read_parquet('{files}', hive_partitioning = true, hive_types_autocast = false)"
            )

    def theirs(self, question):
        try:
            return self.duckdb.execute(question).fetchall()
        except duckdb.Error as error:
            return str(error).splitlines()[0]

    def generated(self, report, seed, count):
        grammar = Grammar(seed)
        questions = [grammar.question() for _ in range(count)]
        problems = []
        counts = {}
        answers = self.answers.ask([question.text("ours") for question in questions])
        for question, ours in zip(questions, answers):
            found = compare(ours, self.theirs(question.text("theirs")), question.ordered, "DuckDB")
            counts[found] = counts.get(found, 0) + 1
            if found in ("different", "only DuckDB"):
                smallest = self.shrink(question, found)
                [ours] = self.answers.ask([smallest.text("ours")])
                theirs = self.theirs(smallest.text("theirs"))
                problems.append(f"{found}: {smallest.text('ours')}\n    {str(ours)[:300]}\n    {str(theirs)[:300]}")
        summary = ", ".join(f"{number} {verdict}" for verdict, number in sorted(counts.items()))
        report.result("ctlake", f"{count} questions made with seed {seed}: {summary}", problems)

    def shrink(self, question, verdict):
        """The smallest question that fails in the same way."""
        while True:
            candidates = list(question.smaller())
            if not candidates:
                return question
            answers = self.answers.ask([candidate.text("ours") for candidate in candidates])
            for candidate, ours in zip(candidates, answers):
                if compare(ours, self.theirs(candidate.text("theirs")), candidate.ordered, "DuckDB") == verdict:
                    question = candidate
                    break
            else:
                return question


if __name__ == "__main__":
    sys.exit(main())

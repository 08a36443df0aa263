#!/usr/bin/env python3
"""Five questions by `ctlake sql` and by the `duckdb` program over the same files: seconds and peak memory of whole processes, in turn.

    sql.py --ctlake BIN --duckdb BIN --labels DIR [--times 2] [--rounds 15] [--baseline BIN]

`--times` multiplies the labels (labels.py): twice CT-2A are 389,844 slices. The answers of all programs are compared. The program
`duckdb` is in `duckdb-cli==1.5.6` of PyPI, at `site-packages/duckdb_cli/duckdb`.
"""

import argparse
import csv
import io
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent

QUESTIONS = {
    "slices by diagnosis": "SELECT diagnosis, COUNT(*) AS n FROM ct_slices GROUP BY diagnosis ORDER BY diagnosis",
    "split × diagnosis, patients": "SELECT split, diagnosis, COUNT(*) AS n, COUNT(DISTINCT patient_id) AS patients FROM ct_slices"
    " GROUP BY split, diagnosis ORDER BY split, diagnosis",
    "box area by source": "SELECT source, SUM((bbox_xmax - bbox_xmin) * (bbox_ymax - bbox_ymin)) AS area FROM ct_slices"
    " GROUP BY source ORDER BY source",
    "most slices": "SELECT patient_id, COUNT(*) AS n FROM ct_slices GROUP BY patient_id ORDER BY n DESC, patient_id LIMIT 10",
    "one patient": "SELECT image_key, split FROM ct_slices WHERE patient_id = 'NCP_96' ORDER BY image_key",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ctlake", required=True, type=pathlib.Path)
    parser.add_argument("--baseline", type=pathlib.Path, help="another build of ctlake")
    parser.add_argument("--duckdb", required=True, type=pathlib.Path)
    parser.add_argument("--labels", required=True, type=pathlib.Path)
    parser.add_argument("--times", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ctlake-sql-") as temp:
        lake = pathlib.Path(temp).resolve() / "lake"
        build(arguments, pathlib.Path(temp), lake)
        programs = {"ctlake": ctlake(arguments.ctlake, lake), "duckdb": duckdb(arguments.duckdb, lake)}
        if arguments.baseline:
            programs["baseline"] = ctlake(arguments.baseline, lake)
        compare(programs, arguments.rounds)


def build(arguments, temp, lake):
    labels = temp / "labels"
    make = [sys.executable, HERE / "labels.py", labels, "--labels", arguments.labels, "--times", str(arguments.times)]
    subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
    for step in (["ingest", labels], ["build"]):
        subprocess.run([arguments.ctlake, *step, "--lake", lake], check=True, capture_output=True)


def ctlake(program, lake):
    return lambda question: [program, "sql", question, "--format", "csv", "--lake", lake]


def duckdb(program, lake):
    files = lake / "curated" / "ct_slices" / "**" / "*.parquet"
    view = f"CREATE VIEW ct_slices AS FROM read_parquet('{files}', hive_partitioning = true);"
    return lambda question: [program, "-csv", "-c", f"{view} {question}"]


def compare(programs, rounds):
    others = [name for name in programs if name != "ctlake"]
    ratios = "".join(f" wall ÷ {name} | memory ÷ {name} |" for name in others)
    print(f"| question | {' | '.join(f'{name}, ms | MiB' for name in programs)} |{ratios}")
    print("|---|" + "--:|" * (2 * len(programs) + 2 * len(others)))
    for title, question in QUESTIONS.items():
        seconds = {name: [] for name in programs}
        memory = {name: [] for name in programs}
        answers = {}
        for round in range(rounds + 1):
            for name, command in programs.items():
                answer, wall, peak = run(command(question))
                answers[name] = list(csv.reader(io.StringIO(answer)))
                # The first round warms the page cache.
                if round:
                    seconds[name].append(wall)
                    memory[name].append(peak)
        for name in others:
            if answers[name] != answers["ctlake"]:
                sys.exit(f"error: {title}: {name} answers otherwise\n{answers[name][:5]}\n{answers['ctlake'][:5]}")
        wall = {name: statistics.median(times) for name, times in seconds.items()}
        peak = {name: statistics.median(sizes) for name, sizes in memory.items()}
        cells = [f"{wall[name] * 1e3:.1f} | {peak[name] / 1024:.0f}" for name in programs]
        cells += [f"{wall['ctlake'] / wall[name]:.2f} | {peak['ctlake'] / peak[name]:.2f}" for name in others]
        print(f"| {title} | {' | '.join(cells)} |", flush=True)


def run(command):
    """The output, seconds, and the peak of resident memory in KiB."""
    with tempfile.TemporaryFile() as output:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"error: {command} ended with {process.returncode}")
        output.seek(0)
        return output.read().decode(), seconds, usage.ru_maxrss


if __name__ == "__main__":
    main()

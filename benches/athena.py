#!/usr/bin/env python3
"""What typical questions read through Athena's engine.

    athena.py --ctlake BIN --labels DIR --cache DIR [--times 1 100]

Builds a lake from the labels as they are and from larger sets of the same shape (labels.py), shows it in Glue and asks
Trino, on which Athena's engine is built. Printed is what Trino read from S3, beside the size of the text files that a table over the
raw labels would read for any question. S3 and Glue are those of tests/conformance, whose requirements this needs too.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "conformance"))

from catalog.aws import BUCKET, Aws  # noqa: E402
from catalog.trino_engine import TrinoEngine  # noqa: E402
from catalog.trino_server import Trino  # noqa: E402

QUESTIONS = {
    "slices per split and class": "SELECT split, diagnosis, COUNT(*) FROM ct_slices GROUP BY 1, 2",
    "one country, one sex": """SELECT diagnosis, COUNT(*), COUNT(DISTINCT patient_id) FROM ct_slices
        WHERE country = 'China' AND sex = 'F' GROUP BY 1""",
    "source and class, with patients": "SELECT source, class_id, COUNT(*), COUNT(DISTINCT patient_id) FROM ct_slices GROUP BY 1, 2",
    "age by diagnosis": "SELECT diagnosis, age_band, COUNT(*) FROM patients GROUP BY 1, 2",
    "the images of one patient": "SELECT image_key FROM ct_slices WHERE patient_id = 'NCP_96'",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ctlake", required=True)
    parser.add_argument("--labels", required=True, type=pathlib.Path)
    parser.add_argument("--cache", required=True, type=pathlib.Path, help="where Trino is kept")
    parser.add_argument("--times", type=int, nargs="+", default=[1, 100])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ctlake-athena-") as temp, Aws() as aws:
        folder = pathlib.Path(temp).resolve()
        with Trino(arguments.cache, folder, aws) as server:
            for times in arguments.times:
                measure(arguments, aws, server, folder / str(times), times)


def measure(arguments, aws, server, folder, times):
    labels = folder / "labels"
    command = [sys.executable, HERE / "labels.py", labels, "--labels", arguments.labels, "--times", str(times)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    raw = sum(file.stat().st_size for file in labels.rglob("*") if file.is_file())
    run = [arguments.ctlake, "--quiet", "--lake"]
    subprocess.run([*run, folder / "lake", "ingest", labels], check=True)
    subprocess.run([*run, folder / "lake", "build"], check=True)
    size = 0
    for file in (folder / "lake").rglob("*"):
        name = file.relative_to(folder / "lake")
        if file.is_file() and name.parts[0] != "landing":
            aws.s3.upload_file(str(file), BUCKET, f"times{times}/{name}")
            size += file.stat().st_size if name.parts[0] == "curated" else 0
    database = f"times{times}"
    begun = time.perf_counter()
    subprocess.run([*run, f"s3://{BUCKET}/times{times}", "register", "--database", database], check=True)
    trino = TrinoEngine(server, database)
    trino.ask("SELECT snapshot_id FROM snapshot_info")
    visible = time.perf_counter() - begun
    print(f"\n{times}x: text {megabytes(raw)}, tables {megabytes(size)}; {visible:.1f} s from the build's end to the first answer")
    print("| question | read | of the text |\n|---|---:|---:|")
    for name, sql in QUESTIONS.items():
        trino.ask(sql)
        print(f"| {name} | {megabytes(trino.bytes_read)} | {100 * trino.bytes_read / raw:.1f} % |", flush=True)


def megabytes(size):
    return f"{size / 1e6:,.2f} MB"


if __name__ == "__main__":
    main()

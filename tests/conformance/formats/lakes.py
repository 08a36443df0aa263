"""A lake with a history, in a folder and on S3: a release, the same with less in it, and a rollback to the first.

Its entries are made weeks old before any format shows them, so that what engines remove after a week by default is old enough.
"""

import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import contract
from catalog.aws import BUCKET
from ctlake import Failed

# How many days ago each entry of the log was committed.
DAYS = {1: 30, 2: 20, 3: 10}
# What the current tables are, and the one entry whose tables are others.
CURRENT, OTHER = 3, 2
DATABASE = "covidx"


class Lake:
    """What both have in common; `folder` is the address that the program is given."""

    def __init__(self, ctlake, folder, after=lambda lake: None):
        self.ctlake = ctlake
        self.folder = folder
        # A build writes the optional tables only when it is asked to.
        self.tables = [name for name, table in contract.tables().items() if not table.is_optional]
        self.after = after

    def run(self, *args):
        return self.ctlake.run(*args, "--lake", self.folder)

    def register(self, *args):
        """Shows all formats; returns the summary."""
        return json.loads(self.run("register", "--json", *args).splitlines()[-1])["summary"]

    def refused(self, *args):
        """What the program says when it is expected to refuse, `None` if it doesn't."""
        try:
            self.run(*args)
        except Failed as error:
            return str(error)
        return None

    def live(self, labels, fewer):
        """Goes through the three entries; `after` is called after each."""
        self.run("ingest", labels)
        for number, days in DAYS.items():
            if number == 2:
                self.run("ingest", fewer, "--replace")
            self.run(*(["build"] if number < 3 else ["snapshots", "rollback", 1]))
            self._date(number, days)
            self.after(self)

    def _date(self, number, days):
        path = f"_ctlake/log/{number:020}.json"
        entry = json.loads(self.read(path))
        then = datetime.now(UTC) - timedelta(days=days)
        entry["committed_at"] = then.strftime("%Y-%m-%dT%H:%M:%SZ")
        self.age(days)
        self.write(path, json.dumps(entry).encode())

    def parquet(self):
        """The path of every data file, whatever entry it belongs to."""
        return sorted(path for path in self.list("curated/") if path.endswith(".parquet"))


class Folder(Lake):
    """A lake in a folder."""

    def read(self, path):
        return (self.folder / path).read_bytes()

    def write(self, path, content):
        (self.folder / path).write_bytes(content)

    def list(self, prefix):
        return [str(file.relative_to(self.folder)) for file in (self.folder / prefix).rglob("*") if file.is_file()]

    def age(self, days):
        """Dates back what was written just now."""
        now = time.time()
        for path in self.list("curated/"):
            file = Path(self.folder, path)
            if file.stat().st_mtime > now - 86400:
                os.utime(file, (now - days * 86400,) * 2)


class Bucket(Lake):
    """A lake on S3."""

    def __init__(self, ctlake, aws, after):
        super().__init__(ctlake, f"s3://{BUCKET}/{DATABASE}", after)
        self.aws = aws

    def read(self, path):
        return self.aws.s3.get_object(Bucket=BUCKET, Key=f"{DATABASE}/{path}")["Body"].read()

    def write(self, path, content):
        self.aws.s3.put_object(Bucket=BUCKET, Key=f"{DATABASE}/{path}", Body=content)

    def list(self, prefix):
        pages = self.aws.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"{DATABASE}/{prefix}")
        return [item["Key"].removeprefix(f"{DATABASE}/") for page in pages for item in page.get("Contents", [])]

    def age(self, days):
        self.aws.ask(f"age?days={days}")


def fewer(labels, folder):
    """Every tenth line of the label files and of the metadata is left out."""
    folder.mkdir()
    for file in Path(labels).glob("*"):
        if file.is_file():
            head, *lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
            kept = [line for place, line in enumerate(lines, start=1) if place % 10]
            (folder / file.name).write_text("".join([head, *kept]), encoding="utf-8")
    return folder

"""A lake on S3 that `ctlake` built and registered, and a copy of its files in a folder."""

import json
import shutil

import contract
from catalog.aws import BUCKET
from ctlake import Ctlake


class S3Lake:
    """The lake; its `tables` and `paths` are those of the copy, so every engine that reads a folder can open it."""

    def __init__(self, binary, aws, name, labels, folder):
        self.aws = aws
        self.ctlake = Ctlake(binary)
        self.database = name
        self.prefix = f"{name}/lake/"
        self.folder = f"s3://{BUCKET}/{name}/lake"
        self.labels = labels
        self.copy = folder / f"{name}-copy"
        # A build writes the optional ones only when it is asked to.
        self.tables = {name: table for name, table in contract.tables().items() if not table.is_optional}
        self.run("ingest", labels)
        self.run("build")
        self.refresh()

    def run(self, *args):
        return self.ctlake.run(*args, "--lake", self.folder)

    def register(self, *args):
        """Registers, and returns the summary and what Glue was asked for."""
        self.aws.requests()
        out = self.run("register", "--database", self.database, "--json", *args)
        return json.loads(out.splitlines()[-1])["summary"], self.aws.requests()

    def refresh(self):
        """Copies the current snapshot."""
        shutil.rmtree(self.copy, ignore_errors=True)
        self.aws.mirror(f"{self.prefix}curated/", self.copy / "curated")
        self.paths = {name: self._path(name) for name in self.tables}

    def _path(self, table):
        address = self.run("path", table).strip()
        return self.copy / address.removeprefix(f"{self.folder}/")

    def snapshot(self):
        """The name of the current snapshot."""
        return self.paths["patients"].name

    def ddl(self, *args):
        """The statements of `register --ddl`, each without its semicolon."""
        text = self.run("register", "--database", self.database, "--ddl", *args)
        return [statement.strip() for statement in text.split(";\n") if statement.strip()]

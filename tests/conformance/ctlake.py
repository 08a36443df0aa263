"""The program under test, run as a user runs it."""

import os
import subprocess
from pathlib import Path

import contract


class Failed(Exception):
    """The program ended with an error."""


class Ctlake:
    """The binary; every call waits for its end and returns its standard output."""

    def __init__(self, binary):
        self.binary = str(Path(binary).resolve())
        # The user's own lake must not be reached by way of the environment.
        self.env = {name: value for name, value in os.environ.items() if name != "CTLAKE_LAKE"}

    def run(self, *args):
        command = [self.binary, *map(str, args)]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, encoding="utf-8")
        if done.returncode != 0:
            raise Failed(f"`{' '.join(command)}` exited with {done.returncode}:\n{done.stderr.strip()}")
        return done.stdout


class Lake:
    """A folder lake with one published snapshot, built from a folder of labels."""

    def __init__(self, ctlake, folder, labels):
        self.ctlake = ctlake
        self.folder = Path(folder)
        self.labels = Path(labels)
        ctlake.run("ingest", labels, "--lake", self.folder)
        ctlake.run("build", "--previews", "--lake", self.folder)
        # Labels without images have no previews.
        self.tables = {name: table for name, table in contract.tables().items() if self._has(name, table)}
        self.paths = {name: self._path(name) for name in self.tables}

    def _has(self, name, table):
        try:
            return bool(self.ctlake.run("path", name, "--lake", self.folder))
        except Failed:
            if table.is_optional:
                return False
            raise

    def _path(self, table):
        out = self.ctlake.run("path", table, "--lake", self.folder)
        lines = out.splitlines()
        if len(lines) != 1 or not os.path.isabs(lines[0]) or not os.path.isdir(lines[0]):
            raise Failed(f"`ctlake path {table}`: expected one line, an absolute folder, got {out!r}")
        return Path(lines[0])

    def files(self, table):
        """The data files of a table, in a stable order."""
        return sorted(self.paths[table].rglob("*.parquet"))

    def partition(self, table, file):
        """The partition values of a data file, as its folders name them."""
        folders = file.relative_to(self.paths[table]).parts[:-1]
        return dict(folder.split("=", 1) for folder in folders)

"""The contenders of the ingest benchmark: how each brings a zip, or the folder it was unpacked to, into the store."""

import shutil

import store

RELEASE = "landing/CT-2A"


class Ctlake:
    """`ctlake ingest`: from the zip, with its plan, checks and manifest."""

    name = "ctlake"

    def __init__(self, binary):
        self.binary = binary

    def prepare(self, archive, work):
        self.archive = archive

    def whole(self):
        """From the archive to the store."""
        return self.upload()

    def upload(self):
        """The same: nothing has to be unpacked."""
        return [[self.binary, "ingest", self.archive, "--lake", f"s3://{store.BUCKET}/{self.name}"]]

    def again(self):
        """The same: what is there is found."""
        return self.upload()

    def plan(self):
        """What would be done."""
        return [[*self.upload()[0], "--dry-run"]]


class Folder:
    """unzip, and then a tool that copies folders."""

    # Seconds that unzip took where it is not part of a run.
    unzip_apart = None

    def prepare(self, archive, work):
        self.archive, self.folder = archive, work / f"unzipped-{archive.stem}-{self.name}"
        self.target = f"{store.BUCKET}/{self.name}/{RELEASE}"

    def clear(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def unzip(self):
        """What the archive holds, into the folder."""
        return [store.tool("unzip"), "-qq", "-o", self.archive, "-d", self.folder]

    def whole(self):
        self.clear()
        return [self.unzip(), *self.upload()]

    def again(self):
        return self.upload()


class S5cmd(Folder):
    """`s5cmd cp`, and `s5cmd sync` where something is there already."""

    name = "s5cmd"

    def upload(self):
        return [[store.tool("s5cmd"), "--log", "error", "cp", f"{self.folder}/", f"s3://{self.target}/"]]

    def again(self):
        return [
            [store.tool("s5cmd"), "--log", "error", "sync", "--size-only", f"{self.folder}/", f"s3://{self.target}/"]
        ]


class Aws(Folder):
    """`aws s3 sync`."""

    name = "aws"

    def upload(self):
        return [[store.tool("aws"), "s3", "sync", self.folder, f"s3://{self.target}", "--only-show-errors"]]

    def again(self):
        return [[*self.upload()[0], "--size-only"]]


class Rclone(Folder):
    """`rclone copy` without a HEAD for each object, 32 at a time."""

    name = "rclone"

    def upload(self):
        options = ["--size-only", "--fast-list", "--transfers", "32", "--checkers", "32", *store.RCLONE_OPTIONS]
        return [[store.tool("rclone"), "copy", self.folder, f":s3:{self.target}", *options]]


class RcloneArchive(Folder):
    """`rclone archive extract`: from the zip without unpacking it to disk, one file after another."""

    name = "rclone archive"

    def prepare(self, archive, work):
        super().prepare(archive, work)
        self.target = f"{store.BUCKET}/rclone-archive/{RELEASE}"

    def whole(self):
        return [[store.tool("rclone"), "archive", "extract", self.archive, f":s3:{self.target}", *store.RCLONE_OPTIONS]]


PEERS = {peer.name: peer for peer in (S5cmd, Aws, Rclone, RcloneArchive)}

"""The scenarios of archives on a server: what reading by ranges costs, what a resume fetches, and `ctlake fetch`.

The server is `rclone serve http` behind the proxy, which holds every answer back for 20 ms and counts.
"""

import hashlib
import random
import subprocess
import time

import loaders
import store
from outcome import Part, faulty, most, ratio_to, target

ORDINARY = (30_000, 150_000)
LATENCY = ["--latency", 20]
KILLS = 10


class Remote(loaders.Ctlake):
    """`ctlake ingest` from a URL, which is known when the server runs."""

    url = None

    def upload(self, *options):
        return [[self.binary, "ingest", self.url, "--lake", f"s3://{store.BUCKET}/{self.name}", *options]]


class Local(loaders.Ctlake):
    """The same from the zip on disk."""

    name = "ctlake from disk"

    def upload(self):
        return [[self.binary, "ingest", self.archive, "--lake", f"s3://{store.BUCKET}/ctlake-from-disk"]]


class Curl:
    """`curl` to a file."""

    name = "curl"

    def download(self, url, out):
        return [[store.tool("curl"), "-sS", "-o", out, url]]


class Fetch:
    """`ctlake fetch`."""

    name = "ctlake"

    def __init__(self, binary):
        self.binary = binary

    def download(self, url, out):
        return [[self.binary, "fetch", url, "--out", out, "-q"]]


def through_web(bench, archive, run):
    """Calls `run(url)` with the archive's URL; adds what went over it."""
    with store.Web(archive.parent, bench.work / "web.txt") as web:
        with store.Proxy(web, bench.work / "web-proxy.txt", *LATENCY) as proxy:
            result = run(f"http://{proxy.address}/{archive.name}")
        result["web_cpu"] = web.cpu()
    fetched = proxy.report
    return result | {
        "ranges": fetched["accepted"],
        "fetched_share": fetched["answered_bytes"] / archive.stat().st_size,
    }


def remote(bench):
    """20,000 files from a URL and from disk; then with 1 % missing; then by eight shards."""
    archive = bench.archive(20_000, ORDINARY)
    expected = bench.expected(archive)
    images = [path for path in expected if path.endswith(".png")]
    ours, local = Remote(bench.args.ctlake), Local(bench.args.ctlake)
    local.prepare(archive, bench.work)
    resumed, sharded = [], []

    def over(s3, steps):
        def run(url):
            ours.url = url
            return bench.watched(s3, (), lambda address: bench.run(steps(), address))

        return through_web(bench, archive, run) | bench.compare(s3, ours, expected)

    def one(contender, number):
        if contender is local:
            return bench.load(local, local.upload(), expected)
        with bench.store() as s3:
            first = over(s3, ours.upload)
            gone = random.Random(number).sample(images, len(images) // 100)
            s3.remove(bench.place(ours), gone, bench.work / "gone.txt")
            resumed.append(over(s3, ours.upload) | {"unzip_apart": None})
        with bench.store() as s3:
            steps = lambda: [step for index in range(8) for step in ours.upload("--shard", f"{index}/8")]  # noqa: E731
            sharded.append(over(s3, steps) | {"unzip_apart": None})
        return first

    found = bench.rounds([ours, local], one)
    resumed, sharded = {"ctlake": resumed}, {"ctlake": sharded}
    return [
        Part(
            f"20,000 files, {archive.stat().st_size / 1e9:.1f} GB, from a server with 20 ms latency",
            found,
            [
                target("wall ÷ that from disk", ratio_to(found, local.name), 1.15),
                target("peak MB", most(found, "peak_mb"), 250),
                target("MB written to disk", most(found, "written_mb"), 1),
                target("missing or damaged", faulty(found), 0),
            ],
            [noted(found)],
        ),
        Part(
            "the same with 1 % missing",
            resumed,
            [target("bytes fetched ÷ archive", most(resumed, "fetched_share"), 0.03)],
            [noted(resumed)],
        ),
        Part(
            "the same by eight shards, one after another",
            sharded,
            [
                target("bytes fetched ÷ archive", most(sharded, "fetched_share"), 1.02),
                target("missing or damaged", faulty(sharded), 0),
            ],
            [noted(sharded)],
        ),
    ]


def noted(found):
    """What our last run has asked the server for."""
    run = found["ctlake"][-1]
    return f"{run['ranges']:,} requests to the server, bytes fetched ÷ archive {run['fetched_share']:.4f}"


def fetch(bench):
    """The archive into a file, beside curl; then killed ten times on the way."""
    archive = bench.archive(20_000, ORDINARY)
    out = bench.work / "fetched.zip"
    whole = digest(archive)

    def one(contender, _):
        out.unlink(missing_ok=True)

        def run(url):
            return bench.run(contender.download(url, out), None) | {"server_cpu": 0.0}

        result = through_web(bench, archive, run)
        return result | {"missing": 0, "damaged": int(digest(out) != whole)}

    ours = Fetch(bench.args.ctlake)
    found = bench.rounds([ours, Curl()], one)
    kills, same = killed(bench, ours, archive, out, whole)
    return [
        Part(
            f"fetch of {archive.stat().st_size / 1e9:.1f} GB from a server with 20 ms latency",
            found,
            [
                target("wall ÷ that of curl", ratio_to(found, "curl"), 1),
                target("damaged", faulty(found), 0),
                target("killed and run again: kills", kills, KILLS, at_least=True),
                target("killed and run again: files that differ", int(not same), 0),
            ],
        )
    ]


def killed(bench, contender, archive, out, whole):
    """Kills a download at random moments, and lets the last run finish: how often, and whether the file is the same."""
    out.unlink(missing_ok=True)
    dice, kills = random.Random(1), 0

    def run(url):
        nonlocal kills
        command = list(map(str, contender.download(url, out)[0]))
        while kills < KILLS:
            process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
            time.sleep(dice.uniform(0.1, 0.4))
            if process.poll() is not None:
                break
            process.kill()
            process.wait()
            kills += 1
        subprocess.run(command, check=True)
        return {}

    through_web(bench, archive, run)
    same = digest(out) == whole
    out.unlink()
    return kills, same


def digest(path):
    """Of a file, piece by piece: this process stays small."""
    found = hashlib.md5(usedforsecurity=False)
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            found.update(piece)
    return found.hexdigest()

#!/usr/bin/env python3
"""Times `ctlake build` against DuckDB and Polars on the same label files.

    python benches/build.py --ctlake target/release/ctlake --labels DIR
    python benches/build.py --ctlake target/release/ctlake --times 1 10 --json results.json

Every measured run is a process of its own; in each round all take their turn, in another order than the round before,
and ratios are taken within a round. Prints a markdown table.
"""

# Only the standard library, and no large value kept: what Linux reports as a child's peak memory includes that of the
# process it was started from, so this one stays smaller than anything it measures.
import argparse
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
PEERS = ("duckdb", "polars", "polars-plain")


def measured(command, log):
    """Runs a command to its end: wall seconds, CPU seconds (user and system), peak resident megabytes."""
    command = [str(word) for word in command]
    # What the last run left in the page cache is written now, not at the cost of this one.
    os.sync()
    with open(log, "wb") as out:
        begin = time.perf_counter()
        redirect = [(os.POSIX_SPAWN_DUP2, out.fileno(), 1), (os.POSIX_SPAWN_DUP2, out.fileno(), 2)]
        child = os.posix_spawnp(command[0], command, os.environ, file_actions=redirect)
        _, status, usage = os.wait4(child, 0)
        wall = time.perf_counter() - begin
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"error: `{' '.join(command)}` failed\n{log.read_text(errors='replace')[-4000:]}")
    # Linux counts in KiB, macOS in bytes.
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "peak_mb": peak}


def size(folder):
    """Parquet files below a folder, and their megabytes."""
    sizes = [path.stat().st_size for path in folder.rglob("*.parquet")]
    return {"files": len(sizes), "output_mb": sum(sizes) / 1e6}


def warm(folder):
    """Reads all files below a folder, so that nobody pays for the disk."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with open(path, "rb") as file:
                while file.read(1 << 20):
                    pass


class Ctlake:
    """`ctlake build` on a lake that holds the label set."""

    def __init__(self, binary, labels, work, log):
        self.binary, self.lake, self.log = binary, work / "lake", log
        shutil.rmtree(self.lake, ignore_errors=True)
        subprocess.run([binary, "ingest", labels, "--lake", self.lake, "-q"], check=True)
        warm(self.lake)

    def clear(self):
        """Takes the last snapshot away: the landing zone stays, the next build is the first again."""
        shutil.rmtree(self.lake / "curated", ignore_errors=True)
        shutil.rmtree(self.lake / "_ctlake" / "log", ignore_errors=True)

    def run(self):
        return measured([self.binary, "build", "--force", "--lake", self.lake], self.log)

    def written(self):
        return self.lake / "curated"

    def slices(self):
        path = subprocess.run(
            [self.binary, "path", "ct_slices", "--lake", self.lake], check=True, capture_output=True, text=True
        )
        return path.stdout.strip()


class Peer:
    """One of the scripts in peers/, which write ct_slices and nothing else; what follows a `-` is an option of it."""

    def __init__(self, name, labels, work, log):
        script, *self.options = name.split("-")
        self.script, self.labels, self.log = HERE / "peers" / f"{script}_build.py", labels, log
        self.out = work / name

    def clear(self):
        shutil.rmtree(self.out, ignore_errors=True)

    def run(self):
        return measured([sys.executable, "-B", self.script, self.labels, self.out, *self.options], self.log)

    def written(self):
        return self.out

    def slices(self):
        return self.out


def make_labels(args, times, folder):
    """The label set, made in a process of its own: it takes memory."""
    shutil.rmtree(folder, ignore_errors=True)
    source = ["--labels", args.labels] if args.labels else ["--ctlake", args.ctlake, "--patients", str(args.patients)]
    options = ["--times", str(times), "--countries", str(args.countries), *(["--shuffle"] if args.shuffle else [])]
    subprocess.run([sys.executable, HERE / "labels.py", folder, *source, *options], check=True)


def compare(contenders):
    """What the builds agree on, by verify.py."""
    builds = [f"{name}={contender.slices()}" for name, contender in contenders.items()]
    done = subprocess.run([sys.executable, HERE / "verify.py", *builds], capture_output=True, text=True)
    if not done.stdout:
        sys.exit(f"error: verify.py failed\n{done.stderr}")
    return json.loads(done.stdout)


def bench(args, times, work):
    """All rounds of one size."""
    labels, log = work / "labels", work / "log.txt"
    make_labels(args, times, labels)
    contenders = {}
    if args.ctlake:
        contenders["ctlake"] = Ctlake(args.ctlake, labels, work, log)
    for name in args.peers:
        contenders[name] = Peer(name, labels, work, log)
    warm(labels)
    names = list(contenders)
    rounds = []
    # Round 0 brings programs and libraries into the page cache and is not counted; one size suffices for that.
    first = 0 if times == args.times[0] and not args.cold_start else 1
    for number in range(first, args.runs + 1):
        turn = number % len(names)
        found = {}
        for name in names[turn:] + names[:turn]:
            contenders[name].clear()
            found[name] = contenders[name].run()
        shown = "  ".join(f"{name} {found[name]['wall']:.2f} s" for name in names)
        print(f"{times}x, round {number}: {shown}", file=sys.stderr)
        if number:
            rounds.append(found)
    agreement = compare(contenders)
    results = {}
    for name in names:
        runs = [found[name] for found in rounds]
        results[name] = {key: statistics.median(run[key] for run in runs) for key in ("wall", "cpu", "peak_mb")}
        results[name]["wall_range"] = [min(run["wall"] for run in runs), max(run["wall"] for run in runs)]
        results[name] |= size(pathlib.Path(contenders[name].written()))
        if "ctlake" in contenders and name != "ctlake":
            pairs = [found["ctlake"]["wall"] / found[name]["wall"] for found in rounds]
            results[name]["ctlake_to_it"] = statistics.median(pairs)
    for contender in contenders.values():
        contender.clear()
    return {"times": times, "rows": agreement["found"]["rows"], "results": results, "rounds": rounds, "check": agreement}


def table(sizes):
    """The results as markdown."""
    lines = [
        "| rows | | wall s (range) | CPU s | peak MB | Parquet MB, files | ctlake's wall ÷ this |",
        "|--:|---|--:|--:|--:|--:|--:|",
    ]
    for measurement in sizes:
        for name, result in measurement["results"].items():
            low, high = result["wall_range"]
            ratio = f"{result['ctlake_to_it']:.3f}" if "ctlake_to_it" in result else ""
            lines.append(
                f"| {measurement['rows']:,} | {name} | {result['wall']:.2f} ({low:.2f}–{high:.2f}) | {result['cpu']:.2f}"
                f" | {result['peak_mb']:.0f} | {result['output_mb']:.1f}, {result['files']:,} | {ratio} |"
            )
    return "\n".join(lines)


def versions(args):
    """What was compared, on what."""
    found = {"python": platform.python_version(), "system": platform.system(), "cpus": os.cpu_count()}
    code = "import importlib.metadata as m, sys; print(*(m.version(name) for name in sys.argv[1:]))"
    packages = sorted({name.partition("-")[0] for name in PEERS})
    done = subprocess.run([sys.executable, "-c", code, *packages], capture_output=True, text=True, check=True)
    found |= dict(zip(packages, done.stdout.split(), strict=True))
    if args.ctlake:
        done = subprocess.run([args.ctlake, "-V"], capture_output=True, text=True, check=True)
        found["ctlake"] = done.stdout.split()[1]
    return found


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description="Time `ctlake build` against DuckDB and Polars.")
    parser.add_argument("--ctlake", type=pathlib.Path, help="the binary, release build; without it only the peers run")
    parser.add_argument("--labels", type=pathlib.Path, help="folder of real label files; without it a synthetic release")
    parser.add_argument("--patients", type=int, default=400, help="patients of the synthetic release [400]")
    parser.add_argument("--times", type=int, nargs="+", default=[1, 10, 100], help="sizes, in copies [1 10 100]")
    parser.add_argument("--runs", type=int, default=5, help="counted rounds at each size [5]")
    parser.add_argument("--countries", type=int, default=0, help="spread the patients over so many countries")
    parser.add_argument("--shuffle", action="store_true", help="put the lines of each split file into a random order")
    parser.add_argument("--peers", nargs="*", default=PEERS, choices=PEERS, help="whom to run beside ours")
    parser.add_argument("--cold-start", action="store_true", help="leave out the uncounted first round")
    parser.add_argument("--work", type=pathlib.Path, help="folder to work in and to leave the label sets in [temporary]")
    parser.add_argument("--json", type=pathlib.Path, help="write everything measured to this file")
    args = parser.parse_args()
    if not (args.labels or args.ctlake):
        parser.error("--labels or --ctlake is needed")
    if not (args.peers or args.ctlake):
        parser.error("nothing to run: --ctlake or --peers is needed")
    if args.ctlake:
        args.ctlake = args.ctlake.resolve()

    sizes = []
    with tempfile.TemporaryDirectory() as scratch:
        for times in args.times:
            work = (args.work or pathlib.Path(scratch)) / f"x{times}"
            work.mkdir(parents=True, exist_ok=True)
            sizes.append(bench(args, times, work))
            if not args.work:
                shutil.rmtree(work)
    if args.json:
        args.json.write_text(json.dumps({"versions": versions(args), "sizes": sizes}, indent=1) + "\n")
    print(table(sizes))
    print("\n" + ", ".join(f"{name} {version}" for name, version in versions(args).items()))
    differences = [line for measurement in sizes for line in measurement["check"]["differences"]]
    if differences:
        sys.exit("error: the builds differ\n" + "\n".join(differences))
    print(f"All builds agree in every row on {', '.join(sizes[-1]['check']['found']['compared columns'])}.")


if __name__ == "__main__":
    main()

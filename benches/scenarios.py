"""The scenarios of the ingest benchmark: what each contender has to do, under which faults, and our targets."""

import random
import statistics

import loaders
import remote
from outcome import LIMIT, Part, faulty, least, most, ratio_to, target

ORDINARY, SMALL, TINY = (30_000, 150_000), (2_000, 6_000), (100, 400)


def clean(bench, files):
    """From the zip to an empty store, nothing in the way: the peers' unzip counts."""
    archive = bench.archive(files, ORDINARY)
    expected = bench.expected(archive)
    contenders = bench.those()
    for contender in contenders:
        contender.prepare(archive, bench.work)
    found = bench.rounds(contenders, lambda contender, _: bench.load(contender, contender.whole(), expected))
    cleared(contenders)
    targets = [
        target("wall ÷ that of unzip + s5cmd", ratio_to(found, "s5cmd"), 0.80),
        target("peak MB", most(found, "peak_mb"), 200),
        target("MB written to disk", most(found, "written_mb"), 1),
        target("missing or damaged", faulty(found), 0),
    ]
    return [Part(f"{files:,} files, zip to empty store", found, targets)]


def faults(bench, files, options):
    """To an empty store by way of the proxy; the peers copy a folder that is there."""
    archive = bench.archive(files, ORDINARY)
    expected = bench.expected(archive)
    contenders = unpacked(bench, archive)

    def one(contender, number):
        return bench.load(contender, contender.upload(), expected, [*options, "--seed", number + 1])

    found = bench.rounds(contenders, one)
    cleared(contenders)
    return found


def no_slower(title, found):
    """A part whose target is s5cmd."""
    targets = [
        target("wall ÷ that of s5cmd, unzip not counted", ratio_to(found, "s5cmd"), 1),
        target("wall ÷ that of unzip + s5cmd", ratio_to(found, "s5cmd", unzip=True), 1),
        target("missing or damaged", faulty(found), 0),
    ]
    return [Part(title, found, targets)]


def latency(bench):
    """Every answer is held back."""
    return no_slower("1,000 files, 30 ms latency", faults(bench, 1000, ["--latency", 30]))


def refused_tenth(bench):
    """One request of ten is answered 503."""
    return no_slower("3,000 files, 503 on 10 % of the requests", faults(bench, 3000, ["--refuse", 0.1]))


def refused_half(bench):
    """Every second request is answered 503. After it, ctlake is run again with nothing in the way."""
    archive = bench.archive(1000, ORDINARY)
    expected = bench.expected(archive)
    contenders = unpacked(bench, archive)

    def one(contender, number):
        with bench.store() as s3:
            options = ["--refuse", 0.5, "--seed", number + 1]
            result = bench.watched(s3, options, lambda address: bench.run(contender.upload(), address, 120))
            result |= bench.compare(s3, contender, expected)
            if contender.name == "ctlake":
                again = bench.run(contender.again(), s3.address)
                rest = bench.compare(s3, contender, expected)
                result["second"] = {"exit": again["exit"], "missing": rest["missing"], "damaged": rest["damaged"]}
        return result

    found = bench.rounds(contenders, one)
    cleared(contenders)
    ours = found.get("ctlake", [])
    # 0 says that all is there, 3 that something is missing; nothing else will do.
    untrue = [run for run in ours if run["exit"] != (3 if run["missing"] else 0) or run["damaged"]]
    targets = [
        target("runs whose exit code is not the truth", len(untrue) if ours else None, 0),
        target(
            "after a second run: exit code, missing and damaged",
            max((sum(run["second"].values()) for run in ours), default=None),
            0,
        ),
    ]
    return [Part("1,000 files, 503 on half of the requests, ended after 120 s", found, targets)]


def present(bench):
    """20,000 there: 200 missing, then nothing missing. One server, a prefix for each. Small images: what it costs to
    find out what is there doesn't depend on their size."""
    archive = bench.archive(20_000, SMALL)
    expected = bench.expected(archive)
    contenders = unpacked(bench, archive)
    images = [path for path in expected if path.endswith(".png")]
    with bench.store() as s3:
        for contender in contenders:
            bench.run(contender.upload(), s3.address)

        def one(contender):
            # A proxy that only counts.
            result = bench.watched(s3, ["--latency", 0], lambda address: bench.run(contender.again(), address))
            kinds = result["requests"]["kinds"]
            other = [n for kind, n in kinds.items() if kind != "PUT image" and not kind.startswith("PUT manifest")]
            result |= {"puts": kinds.get("PUT image", 0), "other_requests": sum(other)}
            return result | bench.compare(s3, contender, expected)

        def with_missing(contender, number):
            s3.remove(bench.place(contender), random.Random(number).sample(images, 200), bench.work / "gone.txt")
            return one(contender)

        found = bench.rounds(contenders, with_missing)
        idle = bench.rounds(contenders, lambda contender, _: one(contender))
    cleared(contenders)
    targets = [
        target("requests besides images and manifest parts", most(found, "other_requests"), 25),
        target("wall ÷ that of rclone", ratio_to(found, "rclone"), 1),
        target("missing or damaged", faulty(found), 0),
    ]
    idle_targets = [
        target("requests besides images and manifest parts", most(idle, "other_requests"), 25),
        target("wall ÷ that of rclone with 200 missing", ratio_to(idle, "rclone", found), 0.5),
        target("images put", most(idle, "puts"), 0),
    ]
    return [
        Part("20,000 small files there, 200 missing", found, targets),
        Part("20,000 small files there, nothing missing", idle, idle_targets),
    ]


def cap(bench):
    """150 requests a second for a minute, then 400. Small images: it is about who uses what there is, and who asks for
    more."""
    archive = bench.archive(20_000, SMALL)
    expected = bench.expected(archive)
    contenders = unpacked(bench, archive, but=("rclone archive", "aws"))

    def one(contender, _):
        result = bench.load(contender, contender.upload(), expected, ["--cap", "0:150", "60:400"], 240)
        return result | cap_use(result["requests"]["trace"])

    found = bench.rounds(contenders, one)
    cleared(contenders)
    targets = [
        target("share refused, seconds 5 to 59", most(found, "refused_share"), 0.05),
        target("share of the cap used, seconds 5 to 59", least(found, "used_share"), 0.90, at_least=True),
        target("seconds until 360 of the new 400 are used", most(found, "raised_after"), 15),
        target("missing or damaged", faulty(found), 0),
    ]
    notes = [f"{name}: {trace(runs[-1]['requests']['trace'])}" for name, runs in found.items()]
    return [Part("20,000 small files, 150 requests a second for 60 s, then 400", found, targets, notes)]


def cap_use(seconds):
    """What the trace says of the first minute, and of the time after the cap was raised."""
    steady = seconds[5:60]
    accepted, refused = sum(second[0] for second in steady), sum(second[1] for second in steady)
    after = next((at for at, second in enumerate(seconds[60:]) if second[0] >= 360), None)
    return {
        "refused_share": refused / max(1, accepted + refused),
        "used_share": accepted / (150 * max(1, len(steady))),
        # A run that never came so far never used it.
        "raised_after": LIMIT if after is None else after,
    }


def trace(seconds):
    """Accepted and, after a minus, refused requests of each second."""
    return " ".join(f"{accepted}-{refused}" if refused else str(accepted) for accepted, refused in seconds)


def flip(bench):
    """A bit flipped on the way in twelve of a thousand bodies."""
    found = faults(bench, 1000, ["--flip", 12, "--flip-among", 990])
    targets = [target("missing or damaged", faulty(found), 0), target("exit code", most(found, "exit"), 0)]
    return [Part("1,000 files, 12 flipped bits", found, targets)]


def plan(bench):
    """What would be done, of a large archive."""
    archive = bench.archive(195_000, TINY)
    contenders = [contender for contender in bench.contenders if contender.name == "ctlake"]

    def one(contender, _):
        contender.prepare(archive, bench.work)
        with bench.store() as s3:
            return bench.watched(s3, (), lambda address: bench.run(contender.plan(), address))

    found = bench.rounds(contenders, one)
    wall = statistics.median([run["wall"] for run in found["ctlake"]]) if contenders else None
    targets = [target("wall s", wall, 3), target("peak MB", most(found, "peak_mb"), 200)]
    return [Part("195,000 entries, --dry-run", found, targets)]


def proxy_cost(bench):
    """What the proxy takes when it makes no fault: the same with and without it."""
    archive = bench.archive(3000, ORDINARY)
    expected = bench.expected(archive)
    contenders = unpacked(bench, archive, but=("rclone archive", "aws"))

    def loads(options):
        def one(contender, _):
            return bench.load(contender, contender.upload(), expected, options)

        return bench.rounds(contenders, one)

    direct, through = loads(()), loads(["--latency", 0])
    cleared(contenders)
    return [
        Part("3,000 files, without the proxy", direct, []),
        Part("3,000 files, by way of the proxy", through, []),
    ]


def unpacked(bench, archive, but=("rclone archive",)):
    """The contenders, and for the peers the folder that they copy, made off the clock."""
    contenders = bench.those(but)
    for contender in contenders:
        contender.prepare(archive, bench.work)
        if isinstance(contender, loaders.Folder):
            contender.clear()
            contender.unzip_apart = bench.run([contender.unzip()], None)["wall"]
    return contenders


def cleared(contenders):
    """Takes the folders away again."""
    for contender in contenders:
        if isinstance(contender, loaders.Folder):
            contender.clear()


SCENARIOS = {
    "clean-3000": lambda bench: clean(bench, 3000),
    "clean-20000": lambda bench: clean(bench, 20_000),
    "latency": latency,
    "present": present,
    "refuse-10": refused_tenth,
    "refuse-50": refused_half,
    "cap": cap,
    "flip": flip,
    "plan": plan,
    "proxy": proxy_cost,
    "remote": remote.remote,
    "fetch": remote.fetch,
}

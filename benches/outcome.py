"""What the rounds of an ingest scenario come to: targets, and a table."""

import dataclasses
import statistics

# Seconds after which a run is ended; what never came about counts as late as that.
LIMIT = 600


@dataclasses.dataclass
class Part:
    """A scenario, or one of the things it measures."""

    title: str
    # What was measured, by contender and round.
    rounds: dict
    # As `target` makes them.
    targets: list
    # Lines to print as they are.
    notes: list = dataclasses.field(default_factory=list)

    def markdown(self):
        """All of it, with a heading."""
        notes = ["```text", *self.notes, "```"] if self.notes else []
        parts = [f"### {self.title}", table(self.rounds), verdicts(self.targets), "\n".join(notes)]
        return "\n\n".join(part for part in parts if part)


def target(what, value, limit, at_least=False):
    """A goal, and how far it was reached: None where it can't be said."""
    met = None if value is None else value >= limit if at_least else value <= limit
    return {"what": what, "value": value, "limit": limit, "at_least": at_least, "met": met}


def most(found, key, name="ctlake"):
    """The worst round of ours."""
    return max((run[key] if run[key] is not None else LIMIT for run in found.get(name, [])), default=None)


def least(found, key, name="ctlake"):
    """The worst round of ours where more is better."""
    return min((run[key] for run in found.get(name, [])), default=None)


def faulty(found):
    """Objects not as in the archive, in the worst round of ours."""
    return max((run["missing"] + run["damaged"] for run in found.get("ctlake", [])), default=None)


def ratio_to(found, name, base=None, unzip=False):
    """Median of the ratios of our wall time to a peer's within a round; `base` is the part with the peer's."""
    base = found if base is None else base
    if not (found.get("ctlake") and base.get(name)):
        return None

    def wall(run):
        return run["wall"] + (run["unzip_apart"] or 0 if unzip else 0)

    return statistics.median(a["wall"] / wall(b) for a, b in zip(found["ctlake"], base[name], strict=True))


def table(found):
    """The medians as markdown."""
    columns = ["", "wall s (range)", "unzip s", "CPU s", "server CPU s", "peak MB", "written MB"]
    columns += ["requests, refused", "exit; missing, damaged", "ctlake's wall ÷ this"]
    lines = [f"| {' | '.join(columns)} |", "|---" + "|--:" * 7 + "|---|--:|"]
    for name, runs in found.items():

        def middle(key, form, runs=runs):
            return form.format(statistics.median(run[key] for run in runs))

        walls = [run["wall"] for run in runs]
        unzip = ""
        if len(runs[0]["walls"]) > 1:
            unzip = f"{statistics.median(run['walls'][0] for run in runs):.2f}"
        elif runs[0].get("unzip_apart"):
            unzip = f"+{runs[0]['unzip_apart']:.2f}"
        requests, other = "", ""
        if "requests" in runs[0]:
            accepted, refused = ([run["requests"][key] for run in runs] for key in ("accepted", "refused"))
            requests = f"{statistics.median(accepted):,.0f}, {statistics.median(refused):,.0f}"
            if "other_requests" in runs[0]:
                other = f" ({middle('other_requests', '{:.0f}')} besides images and manifest)"
        ends = sorted({f"{'ended' if run['exit'] is None else run['exit']}" for run in runs})
        lost = f"; {most(found, 'missing', name)}, {most(found, 'damaged', name)}" if "missing" in runs[0] else ""
        ratio = ratio_to(found, name) if name != "ctlake" else None
        cells = [
            name,
            f"{statistics.median(walls):.2f} ({min(walls):.2f}–{max(walls):.2f})",
            unzip,
            middle("cpu", "{:.2f}"),
            middle("server_cpu", "{:.2f}"),
            middle("peak_mb", "{:.0f}"),
            middle("written_mb", "{:.1f}"),
            requests + other,
            " or ".join(ends) + lost,
            "" if ratio is None else f"{ratio:.2f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def verdicts(targets):
    """The targets as a list."""
    lines = []
    for goal in targets:
        if goal["met"] is None:
            continue
        word, sign = "reached" if goal["met"] else "MISSED", "≥" if goal["at_least"] else "≤"
        lines.append(f"- {word}: {goal['what']}: {goal['value']:.3g} (target {sign} {goal['limit']})")
    return "\n".join(lines)

"""The questions of `corpus.sql`, asked of `ctlake` and of another engine."""

import re
from pathlib import Path

from sql.compare import compare

FILE = Path(__file__).parent / "corpus.sql"


def questions(engine):
    """Each question with how the answer of `engine` is expected to compare: `alike`, unless a line before it says otherwise."""
    verdict = "alike"
    for line in FILE.read_text(encoding="utf-8").splitlines():
        named, _, rest = line.removeprefix("-- ").partition(": ")
        if line.startswith("---") or not line:
            continue
        if line.startswith("-- "):
            if named == engine:
                verdict = rest.partition(":")[0]
            continue
        yield line, verdict
        verdict = "alike"


def is_ordered(question):
    """Whether the rows are in an order that the question names: without one, each engine has its own."""
    outermost = re.sub(r"'[^']*'", "", question)
    while "(" in outermost:
        outermost, count = re.subn(r"\([^()]*\)", "", outermost)
        if not count:
            break
    return re.search(r"\bORDER\s+BY\b", outermost, re.IGNORECASE) is not None


def check(engine, answers, ask, accepted, label, report):
    """Asks both, and returns what was answered differently. A verdict of `accepted` needs no line in the corpus."""
    asked = list(questions(engine))
    counts = {}
    problems, different = [], []
    for (question, expected), ours in zip(asked, answers.ask([question for question, _ in asked])):
        theirs = ask(question)
        found = compare(ours, theirs, is_ordered(question), engine)
        counts[found] = counts.get(found, 0) + 1
        if found == "different":
            different.append(question)
        # What may differ is alike on some data: digits that are cut off may be zeros.
        is_known = (expected == "alike" and found in accepted) or (expected == "different" and found == "alike")
        if found != expected and not is_known:
            problems.append(f"{found}, expected {expected}: {question}\n    {str(ours)[:300]}\n    {str(theirs)[:300]}")
    summary = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
    report.result(engine, f"{label}{len(asked)} questions of the corpus: {summary}", problems)
    return different

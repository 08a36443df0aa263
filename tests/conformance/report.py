"""What the checks say: one line each, a summary, and the exit code that follows from it."""

import os
import sys

# A table with every row wrong must not bury the other lines.
SHOWN_PROBLEMS = 5


class Report:
    """Counts checks that ran, failed or were skipped, and prints each as it ends."""

    def __init__(self):
        self.ran = self.failed = self.skipped = 0

    def result(self, engine, check, problems=()):
        """A check that was carried out; it failed if it found problems."""
        problems = list(problems)
        self.ran += 1
        if not problems:
            print(f"ran {engine}: {check}", flush=True)
            return
        self.failed += 1
        print(f"FAILED {engine}: {check}")
        for problem in problems[:SHOWN_PROBLEMS]:
            print(f"    {problem}")
        if len(problems) > SHOWN_PROBLEMS:
            print(f"    and {len(problems) - SHOWN_PROBLEMS} more")
        sys.stdout.flush()

    def skip(self, engine, why):
        """An engine that is not here."""
        self.skipped += 1
        print(f"skipped {engine}: {why}", flush=True)

    def exit_code(self):
        """Print the summary; 0 if all is well, 1 if not."""
        strict = os.environ.get("CTLAKE_CONFORMANCE_STRICT") == "1"
        print(f"{self.ran} checks ran, {self.failed} failed, {self.skipped} engines skipped")
        if self.skipped and strict:
            print("a skipped engine counts as a failure: CTLAKE_CONFORMANCE_STRICT=1")
        return int(self.failed > 0 or (strict and self.skipped > 0))

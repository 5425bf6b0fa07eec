"""Report: counts what was expected and says it line by line."""


class Report:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def expect(self, what, truth, shown=""):
        """`shown` explains a failure."""
        if truth:
            self.passed += 1
            print(f"ok      {what}", flush=True)
        else:
            self.failed += 1
            lines = "".join(f"        {line}\n" for line in str(shown).splitlines()[-40:])
            print(f"FAILED  {what}\n{lines}", end="", flush=True)

    def close(self):
        """The exit status."""
        print(f"\n{self.passed} passed, {self.failed} failed")
        return 0 if self.failed == 0 and self.passed > 0 else 1

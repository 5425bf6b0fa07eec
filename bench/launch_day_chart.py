"""The chart of a launch day: memory, pressure, answers and waiting over time, a column a server. SVG, nothing else."""
import math

WIDTH, HEIGHT, GAP, LEFT = 420, 110, 46, 56
COLOURS = {"GREEN": "#cfe8cf", "YELLOW": "#fdf0b5", "ORANGE": "#fbd0a0", "RED": "#f3a6a6"}


class Panel:
    def __init__(self, left, top, title, seconds, most, unit, log=False):
        self.left, self.top, self.seconds, self.most, self.log = left, top, seconds, max(most, 1), log
        self.parts = [f'<text x="{left}" y="{top - 6}" class="title">{title}</text>']
        self.marks = [1, 10, 100, 1000, 10000, 30000] if log else [0, self.most / 2, self.most]
        for mark in self.marks:
            if mark <= self.most:
                y = self.y(mark)
                self.parts.append(f'<path d="M{left} {y:.1f}h{WIDTH}" class="grid"/>'
                                  f'<text x="{left - 4}" y="{y + 3:.1f}" class="mark">{mark:,.0f}{unit}</text>')

    def x(self, second):
        return self.left + WIDTH * min(second, self.seconds) / self.seconds

    def y(self, value):
        part = math.log10(max(value, 1)) / math.log10(max(self.most, 10)) if self.log else value / self.most
        return self.top + HEIGHT * (1 - min(part, 1))

    def line(self, points, colour, label, row):
        path = " ".join(f"{self.x(second):.1f},{self.y(value):.1f}" for second, value in points)
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.2"/>'
                          f'<text x="{self.left + WIDTH - 4}" y="{self.top + 12 + 12 * row}" class="mark" fill="{colour}">{label}</text>')

    def bands(self, samples):
        for now, after in zip(samples, samples[1:]):
            if now["pressure"] in COLOURS:
                width = self.x(after["second"]) - self.x(now["second"])
                self.parts.append(f'<rect x="{self.x(now["second"]):.1f}" y="{self.top}" width="{width + 0.3:.1f}" '
                                  f'height="{HEIGHT}" fill="{COLOURS[now["pressure"]]}"/>')


def by_second(answers, seconds, wanted):
    counts = [0] * (int(seconds) + 1)
    for answer in answers:
        if wanted(answer):
            counts[min(int(answer[0]), int(seconds))] += 1
    return list(enumerate(counts))


def slowest(answers, seconds):
    """p99 of each five seconds of the pages that had been rendered before."""
    slots = {}
    for second, took, status, known in answers:
        if known and status == 200:
            slots.setdefault(second // 5 * 5, []).append(took)
    return [(second, sorted(values)[min(len(values) - 1, int(0.99 * len(values)))]) for second, values in sorted(slots.items())]


def column(day, left, seconds, most):
    memory = Panel(left, 40, f'{day["name"]}: memory, MiB', seconds, 1024, "")
    memory.bands(day["samples"])
    memory.line([(s["second"], s["used"]) for s in day["samples"]], "#4466aa", "all", 0)
    memory.line([(s["second"], sum(s["needed"].values())) for s in day["samples"]], "#aa4433", "no file", 1)
    memory.line([(s["second"], s["needed"]["server"]) for s in day["samples"]], "#226644", "server, PHP", 2)
    answers = Panel(left, 40 + HEIGHT + GAP, "answers a second", seconds, most, "")
    answers.line(by_second(day["answers"], seconds, lambda a: a[2] == 200), "#2d7d46", "pages", 0)
    answers.line(by_second(day["answers"], seconds, lambda a: a[2] == 503), "#b8860b", "503", 1)
    answers.line(by_second(day["answers"], seconds, lambda a: a[2] not in (200, 503)), "#cc2222", "failed", 2)
    waits = Panel(left, 40 + 2 * (HEIGHT + GAP), "p99 of pages rendered before, ms", seconds, 30000, "", log=True)
    waits.line(slowest(day["answers"], seconds), "#6a3d9a", "", 0)
    return [part for panel in (memory, answers, waits) for part in panel.parts]


def draw(days, seconds):
    most = max(count for day in days for _, count in by_second(day["answers"], seconds, lambda a: True))
    width, height = len(days) * (LEFT + WIDTH + 24), 40 + 3 * (HEIGHT + GAP)
    parts = [part for i, day in enumerate(days) for part in column(day, LEFT + i * (LEFT + WIDTH + 24), seconds, most)]
    style = ("<style>text{font:10px sans-serif}.title{font-weight:bold}.mark{text-anchor:end}"
             ".grid{stroke:#ddd;stroke-width:.6}</style>")
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
            f'<rect width="100%" height="100%" fill="white"/>{style}{"".join(parts)}</svg>\n')

#!/usr/bin/env python3
"""Measures the program beside other people's, in turns, and says how cost grows.

Called by bench.sh. Every row is the median of some rounds; ours and theirs take turns, so that what
else the machine does meets both. Before each command its outputs are removed, its inputs are in the page
cache, and nothing waits to be written. Prints a table, writes results.json and two figures (SVG).
With --check, ends with 1 where a target is missed.
"""
import argparse, json, os, platform, random, shutil, statistics, subprocess, sys, time

MIB, GIB = 1 << 20, 1 << 30

# What we hold ourselves to, all in one run on two cores: key, what it says, limit, "most" or "least".
TARGETS = [
    ("seal", "seal a disk image / (openssl dgst + cp)", 1.2, "most"),
    ("verify", "verify / openssl dgst", 1.1, "most"),
    ("encrypt", "age and sync / encrypt", 1.8, "least"),
    ("decrypt", "age -d and sync / decrypt", 1.8, "least"),
    ("leaves", "leaves of a table sealed a second, million", 10.0, "least"),
    ("files", "files of 1 KB sealed a second", 10_000, "least"),
    ("start", "start, ms", 25, "most"),
    ("memory", "peak resident memory of any row, MiB", 64, "most"),
    ("linear", "time for a byte at one size / at another, from 1 MB on", 1.15, "most"),
]


def run(command):
    """Runs a command; returns seconds on the clock, processor seconds and peak KiB."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{error.decode(errors='replace')}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


class Measuring:
    """The rows measured so far."""

    def __init__(self, rounds):
        self.rounds = rounds
        self.rows = {}

    def in_turns(self, commands):
        """Measures commands in turns: name -> (command, outputs to remove, inputs to have cached)."""
        taken = {name: [] for name in commands}
        names = list(commands)
        for number in range(self.rounds):
            # Each begins once: who writes first after large files were removed waits for memory.
            first = number % len(names)
            for name in names[first:] + names[:first]:
                command, outputs, inputs = commands[name]
                for path in outputs:
                    shutil.rmtree(path) if os.path.isdir(path) else remove(path)
                for path in inputs:
                    warm(path)
                os.sync()
                taken[name].append(run(command))
        for name, figures in taken.items():
            seconds = sorted(figure[0] for figure in figures)
            self.rows[name] = {
                "seconds": statistics.median(seconds), "all": [round(s, 4) for s in seconds],
                "processor": statistics.median(figure[1] for figure in figures),
                "mib": max(figure[2] for figure in figures) / 1024,
            }
            row = self.rows[name]
            print(f"{name:<44} {row['seconds']:9.3f} s {row['processor']:9.3f} s {row['mib']:6.0f} MiB"
                  f"   ({row['all'][0]:.3f} to {row['all'][-1]:.3f})", flush=True)

    def seconds(self, name):
        return self.rows[name]["seconds"]


def remove(path):
    if os.path.lexists(path):
        os.unlink(path)


def warm(path):
    if os.path.isfile(path) and os.path.getsize(path) <= 6 * GIB:
        with open(path, "rb") as file:
            while file.read(MIB):
                pass


def noise(path, size):
    with open(path, "wb") as file:
        zeros = subprocess.Popen(["head", "-c", str(size), "/dev/zero"], stdout=subprocess.PIPE)
        subprocess.run(
            ["openssl", "enc", "-aes-256-ctr", "-pass", "pass:bench", "-nosalt", "-pbkdf2"],
            stdin=zeros.stdout, stdout=file, stderr=subprocess.DEVNULL, check=True)
        zeros.wait()


def table(path, size):
    """A listing of calls: about four leaves in each 27 bytes."""
    generator = random.Random(5)
    rows = []
    for _ in range(20_000):
        rows.append("%s,+%d,%d,10.2.3.%d,2026-11-%02d\n" % (
            generator.choice(["alice", "bob", "carol lee", "dave"]), generator.randrange(10**11),
            generator.randrange(9999), generator.randrange(255), generator.randrange(1, 30)))
    block = "".join(rows).encode()
    with open(path, "wb") as file:
        while file.tell() < size:
            file.write(block)


def folder(path, count):
    generator = random.Random(count)
    for number in range(count):
        below = os.path.join(path, str(number // 1000))
        if number % 1000 == 0:
            os.makedirs(below)
        with open(os.path.join(below, f"f{number}.bin"), "wb") as file:
            file.write(generator.randbytes(1024))


def compare(measuring, program, gib):
    """The verbs beside openssl, cp and age, on one disk image."""
    size = int(gib * GIB)
    noise("image.raw", size)
    ours = [program, "--quiet"]
    recipient = subprocess.run(
        [program, "keygen", "-o", "key.txt"], capture_output=True, text=True, check=True).stdout.strip()
    plain = subprocess.run(
        [program, "keygen", "--x25519", "-o", "x.txt"], capture_output=True, text=True,
        check=True).stdout.strip()
    seal = ours + ["--home", "pt", "seal", "image.raw", "-o", "b.asice"]
    measuring.in_turns({
        "openssl dgst -sha256": (["openssl", "dgst", "-sha256", "image.raw"], [], ["image.raw"]),
        "cp": (["cp", "image.raw", "copy.raw"], ["copy.raw"], ["image.raw"]),
        "cp and sync": (
            ["sh", "-c", "cp image.raw copy.raw && sync -d copy.raw"], ["copy.raw"], ["image.raw"]),
        "seal": (seal, ["copy.raw", "b.asice"], ["image.raw"]),
    })
    trust = ["--trust", "pt/pki/anchors.pem"]
    measuring.in_turns({
        "openssl dgst -sha256 of the bundle": (["openssl", "dgst", "-sha256", "b.asice"], [], ["b.asice"]),
        "verify": (ours + ["verify", "b.asice"] + trust, [], ["b.asice"]),
        "extract": (ours + ["extract", "b.asice", "-o", "out"] + trust, ["out"], ["b.asice"]),
    })
    shutil.rmtree("out")
    remove("image.raw")
    measuring.in_turns({
        "age": (["age", "-r", plain, "-o", "b.age", "b.asice"], ["b.age", "c.age"], ["b.asice"]),
        "age and sync": (
            ["sh", "-c", f"age -r {plain} -o b.age b.asice && sync -d b.age"], ["b.age", "c.age"],
            ["b.asice"]),
        "encrypt": (
            ours + ["encrypt", "b.asice", "-r", recipient, "-o", "c.age"], ["b.age", "c.age"],
            ["b.asice"]),
    })
    subprocess.run(["age", "-r", plain, "-o", "b.age", "b.asice"], check=True)
    remove("c.age")
    subprocess.run(
        ours + ["encrypt", "b.asice", "-r", recipient, "-o", "c.age"], check=True,
        stdout=subprocess.DEVNULL)
    measuring.in_turns({
        "age -d": (["age", "-d", "-i", "x.txt", "-o", "d1", "b.age"], ["d1", "d2"], ["b.age"]),
        "age -d and sync": (
            ["sh", "-c", "age -d -i x.txt -o d1 b.age && sync -d d1"], ["d1", "d2"], ["b.age"]),
        "decrypt": (ours + ["decrypt", "b.age", "-i", "x.txt", "-o", "d2"], ["d1", "d2"], ["b.age"]),
        "verify the age file in place": (
            ours + ["verify", "c.age", "-i", "key.txt"] + trust, ["d1", "d2"], ["c.age"]),
    })
    for path in ["b.age", "c.age", "b.asice", "d1", "d2", "copy.raw"]:
        remove(path)


def sizes(measuring, program, largest):
    """How the cost of one file grows with its bytes."""
    points = []
    size = 10_000
    while size <= largest:
        noise("s.raw", size)
        suffix = f" {words(size)}"
        measuring.in_turns({
            "seal" + suffix: (
                [program, "--quiet", "--home", "pt", "seal", "s.raw", "-o", "s.asice"], ["s.asice"],
                ["s.raw"]),
            "verify" + suffix: (
                [program, "--quiet", "verify", "s.asice", "--trust", "pt/pki/anchors.pem"], [],
                ["s.asice"]),
            "openssl dgst" + suffix: (["openssl", "dgst", "-sha256", "s.raw"], [], ["s.raw"]),
        })
        points.append(size)
        size = size * 10 if size * 10 <= largest or size == largest else largest
        if points[-1] == largest:
            break
    remove("s.raw")
    remove("s.asice")
    return points


def items(measuring, program, most):
    """How the cost of files of 1 KB grows with their number."""
    points = []
    count = 1
    while count <= most:
        shutil.rmtree("files", ignore_errors=True)
        folder("files", count)
        measuring.in_turns({
            f"seal {count} files": (
                [program, "--quiet", "--home", "pt", "seal", "files", "-o", "f.asice"], ["f.asice"], []),
            f"verify {count} files": (
                [program, "--quiet", "verify", "f.asice", "--trust", "pt/pki/anchors.pem"], [],
                ["f.asice"]),
        })
        points.append(count)
        count *= 10
    shutil.rmtree("files")
    remove("f.asice")
    return points


def words(size):
    for unit, name in [(GIB, "GiB"), (10**9, "GB"), (10**6, "MB"), (10**3, "KB")]:
        if size >= unit and size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size} bytes"


def outcome(measuring, leaf_count, size_points, item_points):
    """The figure for each target."""
    seconds = measuring.seconds
    start = seconds("--version")
    # What a call costs whatever the size, signatures above all, is in the smallest; sizes that cost
    # hardly more tell nothing of a byte.
    fixed = min(seconds(f"verify {words(size)}") for size in size_points[:2])
    rates = [
        (seconds(f"verify {words(size)}") - fixed) / size for size in size_points
        if size >= 10**6 and seconds(f"verify {words(size)}") > 1.5 * fixed] or [1]
    few, many = item_points[-1], seconds(f"seal {item_points[-1]} files")
    return {
        "seal": seconds("seal") / (seconds("openssl dgst -sha256") + seconds("cp")),
        "verify": seconds("verify") / seconds("openssl dgst -sha256 of the bundle"),
        "encrypt": seconds("age and sync") / seconds("encrypt"),
        "decrypt": seconds("age -d and sync") / seconds("decrypt"),
        "leaves": leaf_count / seconds("seal a table") / 1e6,
        "files": few / many,
        "start": start * 1000,
        "memory": max(
            row["mib"] for name, row in measuring.rows.items()
            if name.split()[0] in ("seal", "verify", "extract", "encrypt", "decrypt")),
        "linear": max(rates) / min(rates),
    }


def figure(path, title, unit, series, conditions):
    """Lines on logarithmic axes: series is name -> [(x, seconds)]."""
    import math
    width, height, left, bottom, top, right = 720, 420, 70, 50, 50, 150
    xs = [x for points in series.values() for x, _ in points]
    ys = [y for points in series.values() for _, y in points]
    x0, x1 = math.floor(math.log10(min(xs))), max(math.ceil(math.log10(max(xs))), 1)
    y0, y1 = math.floor(math.log10(min(ys))), math.ceil(math.log10(max(ys)) + 1e-9)
    place_x = lambda x: left + (math.log10(x) - x0) / (x1 - x0) * (width - left - right)
    place_y = lambda y: height - bottom - (math.log10(y) - y0) / max(y1 - y0, 1) * (height - bottom - top)
    colours = ["#1b5e9b", "#b3541e", "#3d7a3a", "#6b4c9a"]
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
           f'aria-label="{title}" font-family="sans-serif" font-size="12">',
           f'<rect width="{width}" height="{height}" fill="white"/>',
           f'<text x="{left}" y="20" font-size="14">{title}</text>',
           f'<text x="{left}" y="37" fill="#555">{conditions}</text>']
    for power in range(x0, x1 + 1):
        x = place_x(10**power)
        out.append(f'<line x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{height - bottom}" stroke="#ddd"/>')
        out.append(f'<text x="{x:.1f}" y="{height - bottom + 16}" text-anchor="middle">{power_words(power)}</text>')
    for power in range(y0, y1 + 1):
        y = place_y(10**power)
        out.append(f'<line x1="{left}" y1="{y:.1f}" x2="{width - right}" y2="{y:.1f}" stroke="#ddd"/>')
        out.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g} s</text>')
    out.append(f'<text x="{(left + width - right) / 2}" y="{height - 12}" text-anchor="middle">{unit}</text>')
    labels = []
    for (name, points), colour in zip(series.items(), colours):
        line = " ".join(f"{place_x(x):.1f},{place_y(y):.1f}" for x, y in points)
        out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{place_x(x):.1f}" cy="{place_y(y):.1f}" r="3" fill="{colour}"/>' for x, y in points]
        labels.append([place_y(points[-1][1]), place_x(points[-1][0]) + 8, name, colour])
    labels.sort()
    for before, label in zip(labels, labels[1:]):
        label[0] = max(label[0], before[0] + 15)
    out += [f'<text x="{x:.1f}" y="{y + 4:.1f}" fill="{colour}">{name}</text>' for y, x, name, colour in labels]
    out.append("</svg>")
    with open(path, "w") as file:
        file.write("\n".join(out) + "\n")


def power_words(power):
    return ["1", "10", "100", "1 k", "10 k", "100 k", "1 M", "10 M", "100 M", "1 G", "10 G", "100 G"][power]


def machine():
    model = "?"
    try:
        with open("/proc/cpuinfo") as file:
            model = next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{model}, {os.cpu_count()} cores, {platform.system()}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("results", help="the folder for results.json and the figures")
    parser.add_argument("--gib", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--largest", type=int, default=10 * GIB)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--table-mb", type=int, default=200)
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    os.makedirs(given.results, exist_ok=True)
    results = os.path.abspath(given.results)
    date, load = time.strftime("%Y-%m-%d", time.gmtime()), os.getloadavg()[0]
    conditions = f"{date}, {machine()}, load before {load:.1f}"
    print(f"{conditions}; medians of {given.rounds}, ours and theirs in turns\n")
    print(f"{'':<44} {'clock':>11} {'processor':>11} {'peak':>10}")
    measuring = Measuring(given.rounds)
    subprocess.run(
        [given.program, "--home", "pt", "init", "--node", "pt-bench", "--country", "PT", "--development"],
        check=True, stdout=subprocess.DEVNULL)
    measuring.in_turns({"--version": ([given.program, "--version"], [], [])})
    compare(measuring, given.program, given.gib)
    table("t.csv", given.table_mb * 10**6)
    measuring.in_turns({
        "seal a table": (
            [given.program, "--quiet", "--home", "pt", "seal", "t.csv", "-o", "t.asice"], ["t.asice"],
            ["t.csv"]),
        "verify a table": (
            [given.program, "--quiet", "verify", "t.asice", "--trust", "pt/pki/anchors.pem"], [],
            ["t.asice"]),
    })
    told = subprocess.run(
        [given.program, "--json", "inspect", "t.asice"], capture_output=True, text=True, check=True)
    leaf_count = json.loads(told.stdout)["items"][0]["leaves"]
    remove("t.csv")
    remove("t.asice")
    size_points = sizes(measuring, given.program, given.largest)
    item_points = items(measuring, given.program, given.files)

    figures = outcome(measuring, leaf_count, size_points, item_points)
    print(f"\n{'':<60} {'measured':>10} {'target':>14}")
    missed = []
    for key, what, limit, kind in TARGETS:
        holds = figures[key] <= limit if kind == "most" else figures[key] >= limit
        if not holds:
            missed.append(key)
        print(f"{what:<60} {figures[key]:10.2f} {'at most' if kind == 'most' else 'at least':>8} {limit:g}"
              + ("" if holds else "   MISSED"))
    with open(os.path.join(results, "results.json"), "w") as file:
        json.dump({"conditions": conditions, "rounds": given.rounds, "rows": measuring.rows,
                   "leaves": leaf_count, "targets": {
                       key: {"what": what, "measured": figures[key], kind: limit}
                       for key, what, limit, kind in TARGETS}}, file, indent=1)
    of_size = lambda verb: [(s, measuring.seconds(f"{verb} {words(s)}")) for s in size_points]
    figure(os.path.join(results, "cost-by-size.svg"), "One file: seconds by its size", "bytes",
           {verb: of_size(verb) for verb in ["seal", "verify", "openssl dgst"]}, conditions)
    of_items = lambda verb: [(n, measuring.seconds(f"{verb} {n} files")) for n in item_points]
    figure(os.path.join(results, "cost-by-items.svg"), "Files of 1 KB: seconds by their number", "files",
           {verb: of_items(verb) for verb in ["seal", "verify"]}, conditions)
    print(f"\nresults.json, cost-by-size.svg and cost-by-items.svg are in {given.results}")
    return 1 if missed and given.check else 0


if __name__ == "__main__":
    sys.exit(main())

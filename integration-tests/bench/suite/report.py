"""The table for people and the JSON for programs."""

import dataclasses
import json
import os
import platform
import subprocess
from pathlib import Path

from .lines import Line, Spread
from .servers import ROOT
from .sizes import Sizes


def _figure(value: float, unit: str) -> str:
    if unit == "/s":
        return f"{value:,.0f}/s"
    return f"{value:,.3g} {unit}" if value < 1_000 else f"{value:,.0f} {unit}"


def _ratio(ratio: Spread | None) -> str:
    return "" if ratio is None else f"{ratio.median:.2f} [{ratio.low:.2f}-{ratio.high:.2f}]"


def _ours(line: Line) -> str:
    text = _figure(line.ours.median, line.unit)
    if line.ratio is None:
        text += f" [{line.ours.low:,.3g}-{line.ours.high:,.3g}]"
    return text


def _cpu(line: Line) -> str:
    if line.ours_us_per_op is None or line.peer_us_per_op is None:
        return ""
    return f"{line.ours_us_per_op:.1f} / {line.peer_us_per_op:.1f}"


def table(lines: list[Line]) -> str:
    heads = ["row", "work", "engram", "peer", "", "ratio [min-max]", "target", "met", "CPU us/op"]
    cells = [heads]
    for line in lines:
        cells.append(
            [
                line.row,
                line.work,
                _ours(line),
                line.peer_name,
                "" if line.peer is None else _figure(line.peer.median, line.unit),
                _ratio(line.ratio),
                "" if line.target is None else str(line.target),
                {True: "yes", False: "NO", None: ""}[line.met],
                _cpu(line),
            ]
        )
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in cells
    )


def _output(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        return done.stdout.strip().split("\n")[0]
    except OSError:
        return ""


def machine() -> dict[str, object]:
    """What the figures were measured on."""
    model = [
        line.split(":", 1)[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return {
        "processors": os.cpu_count(),
        "model": model[0] if model else "",
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "kernel": platform.release(),
        "load_average": os.getloadavg(),
        "engram": _output("git", "describe", "--always", "--dirty"),
        "redis": _output("redis-server", "--version"),
        "etcd": _output("etcd", "--version"),
        "start_archives": [
            path.name
            for path in (ROOT / "node" / "target").iterdir()
            if path.suffix in (".jsa", ".aot")
        ],
    }


def save(
    path: Path, sizes: Sizes, begun: dict[str, object], lines: list[Line], failures: dict[str, str]
) -> None:
    entries = [{**dataclasses.asdict(line), "met": line.met} for line in lines]
    document = {
        "machine": begun,
        "sizes": dataclasses.asdict(sizes),
        "lines": entries,
        "failures": failures,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n")

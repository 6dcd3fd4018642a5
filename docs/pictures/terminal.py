"""Runs a command in a pseudo terminal and writes what it shows as SVG, each line when it came.

usage: terminal.py FILE COLUMNS COMMAND...
"""

import fcntl
import os
import pty
import struct
import sys
import termios
import time
from html import escape

import pyte

ROWS = 200
CELL = (8.0, 18)
MARGIN = 16
SIZE = 13.3
# No pause lasts longer, so that nobody waits for a machine.
LONGEST_PAUSE = 1.5
COLORS = {
    "default": "#d0d7de",
    "red": "#ff7b72",
    "green": "#56d364",
    "brown": "#e3b341",
    "blue": "#79c0ff",
    "magenta": "#d2a8ff",
    "cyan": "#76e3ea",
    "black": "#8b949e",
}
STYLE = """
text { font: %spx ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: %s; white-space: pre }
g { opacity: 0; animation: come .01s forwards }
@keyframes come { to { opacity: 1 } }
@media (prefers-reduced-motion: reduce) { g { opacity: 1; animation: none } }
""" % (SIZE, COLORS["default"])


def recorded(columns, command):
    """The screen at the end, and when each of its rows became what it is."""
    screen = pyte.Screen(columns, ROWS)
    stream = pyte.ByteStream(screen)
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color", COLORTERM="")
        os.execvp(command[0], command)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
    shown, came, clock, last = [""] * ROWS, [0.0] * ROWS, 0.0, time.monotonic()
    while True:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        if not data:
            break
        now = time.monotonic()
        clock, last = clock + min(now - last, LONGEST_PAUSE), now
        stream.feed(data)
        for row, text in enumerate(screen.display):
            if text != shown[row]:
                shown[row], came[row] = text, clock
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status != 0:
        sys.exit(f"{command[0]} ended with exit code {status}")
    return screen, came


def runs(cells):
    """Cells of a row that look alike, together: the column, the text, the look."""
    found = []
    for column, cell in cells:
        look = (cell.fg, cell.bold)
        if found and found[-1][2] == look:
            found[-1][1].append(cell.data)
        else:
            found.append((column, [cell.data], look))
    return [(column, "".join(text).rstrip(), look) for column, text, look in found]


def drawn(screen, came):
    rows = max(row for row, text in enumerate(screen.display) if text.strip()) + 1
    width = screen.columns * CELL[0] + 2 * MARGIN
    height = rows * CELL[1] + 2 * MARGIN
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}">'
    yield f"<style>{STYLE}</style>"
    yield f'<rect width="{width:g}" height="{height:g}" rx="8" fill="#0d1117" stroke="#30363d"/>'
    for row in range(rows):
        line = []
        for column, text, (color, is_bold) in runs((c, screen.buffer[row][c]) for c in range(screen.columns)):
            if not text:
                continue
            # Not by attributes: those are weaker than the rules above.
            look = [f"fill:{COLORS.get(color, color)}"] if color != "default" else []
            look += ["font-weight:600"] if is_bold else []
            style = f' style="{";".join(look)}"' if look else ""
            x, y = MARGIN + column * CELL[0], MARGIN + (row + 0.75) * CELL[1]
            length = len(text) * CELL[0]
            line.append(f'<text x="{x:g}" y="{y:g}" textLength="{length:g}"{style}>{escape(text)}</text>')
        if line:
            yield f'<g style="animation-delay:{came[row]:.2f}s">{"".join(line)}</g>'
    yield "</svg>"


file, columns, *command = sys.argv[1:]
with open(file, "w") as output:
    output.writelines(f"{line}\n" for line in drawn(*recorded(int(columns), command)))

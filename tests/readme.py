"""readme.py [KONSIL]: does README.md's worked example do what the page says?

Fenced blocks with `file=NAME` are written into a temporary folder; blocks of `console` are run there:
lines that begin with `$ ` are commands, what follows is what they print.  Commands with another prompt
(`east$ `) run side by side, and each prints what stands below it, or if nothing does, below the last of
them.  A line `...` stands for any lines.  Numbers are compared as numbers (2e-9: what was computed on
shares may differ in the last digit shown), keys as keys: those in the session file are replaced by the
ones just made, and its ports by free ones."""
import math
import os
import re
import shlex
import socket
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
KONSIL = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "konsil"))
TIMEOUT_S = 600
NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?$")
faults = []


def blocks(page):
    """(language, file or None, text) of each fenced block."""
    for m in re.finditer(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", page, re.M | re.S):
        yield m.group(1), m.group(2), m.group(3)


def free_ports(n):
    held = [socket.socket() for _ in range(n)]
    for s in held:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


def with_own_keys(text, folder):
    """The session file with the keys and ports of this run."""
    ports = sorted(set(re.findall(r"127\.0\.0\.1:(\d+)", text)))
    for old, new in zip(ports, free_ports(len(ports))):
        text = text.replace(":" + old, ":%d" % new)

    def own(m):
        with open(os.path.join(folder, m.group(2) + ".pub")) as f:
            return m.group(1) + f.read().split()[-1]
    return re.sub(r"(\[party (\w+)\][^\[]*?key *= *)kpub1\.\S+", own, text)


def same_word(got, want):
    if want.startswith("kpub1."):
        return re.fullmatch(r"kpub1\.[A-Za-z0-9_-]{96}", got) is not None
    if NUMBER.match(got) and NUMBER.match(want):
        return math.isclose(float(got), float(want), rel_tol=2e-9, abs_tol=1e-12)
    return got == want


def same_line(got, want):
    g, w = got.split(), want.split()
    return len(g) == len(w) and all(map(same_word, g, w))


def same(got, want):
    """Whether the lines are the same, `...` being any."""
    if not want:
        return not got
    if want[0] == "...":
        return any(same(got[i:], want[1:]) for i in range(len(got) + 1))
    return bool(got) and same_line(got[0], want[0]) and same(got[1:], want[1:])


def judge(command, done, want):
    out, err = done.communicate(timeout=TIMEOUT_S)
    text = out if done.returncode == 0 else err
    if same(text.strip().splitlines(), want.strip().splitlines()):
        return
    faults.append(command)
    print("%s\nends with status %d and prints\n%s%s\nwhere README.md has\n%s" %
          (command, done.returncode, out, err, want), file=sys.stderr)


def start(command, folder):
    return subprocess.Popen(shlex.split(command), cwd=folder, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True,
                            env=dict(os.environ, PATH=os.path.dirname(KONSIL) + ":" + os.environ["PATH"]))


def console(text, folder):
    """Runs a block's commands; returns how many there were."""
    parts = re.split(r"^(\w*)\$ (.*)\n", text, flags=re.M)
    prompts, commands, outputs = parts[1::3], parts[2::3], parts[3::3]
    if all(prompts):
        running = [start(c, folder) for c in commands]
        for c, r, want in zip(commands, running, outputs):
            judge(c, r, want or outputs[-1])
    else:
        for c, want in zip(commands, outputs):
            judge(c, start(c, folder), want)
    return len(commands)


def main():
    n_files = n_commands = 0
    with open(os.path.join(ROOT, "README.md")) as f:
        page = f.read()
    with tempfile.TemporaryDirectory(prefix="konsil-readme-") as folder:
        for language, name, text in blocks(page):
            if name is not None:
                with open(os.path.join(folder, name), "w") as f:
                    f.write(with_own_keys(text, folder) if language == "ini" else text)
                n_files += 1
            elif language == "console":
                n_commands += console(text, folder)
    if n_files < 5 or n_commands < 8:
        faults.append("the example")
        print("README.md has %d files and %d commands: fewer than its example" % (n_files, n_commands),
              file=sys.stderr)
    print("README: %d commands, %d not as the page says" % (n_commands, len(faults)))
    return bool(faults)


sys.exit(main())

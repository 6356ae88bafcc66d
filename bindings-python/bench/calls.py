"""What calls cost beside an empty PyO3 call and the engine alone, and what the
libraries that one would otherwise use take for the same.

    scripts/bench-python

Nanoseconds a call, the shortest of several rounds, in which all that is compared takes
turns: a machine is slower in one minute than in another. Every answer of another library
is checked against ours before it is timed.
"""

from __future__ import annotations

import fnmatch
import importlib
import ipaddress
import json
import random
import re
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

import floor

import wardline

ROUNDS = 15
#: Other libraries are given up on above this, and are given this many calls.
SLOW, FEW = 20_000, 40


class Once:
    """Times a call for each argument; keeps the shortest round, and that of the loop."""

    def __init__(self, call: Callable[..., Any], arguments: list[Any]) -> None:
        self.call, self.arguments = call, arguments
        self.best = self.loop = float("inf")

    def __call__(self) -> float:
        """The time of one call so far, without that of the loop."""
        # Of this thread alone: others may be busy.
        clock, call, arguments = time.thread_time_ns, self.call, self.arguments
        # What took its turn before has filled the caches: as `floor` does, one more time.
        for _ in range(2):
            start = clock()
            for argument in arguments:
                call(argument)
            self.best = min(self.best, clock() - start)
        start = clock()
        for argument in arguments:
            pass
        self.loop = min(self.loop, clock() - start)
        return (self.best - self.loop) / len(arguments)


def shortest(rounds: int, *ways: Callable[[], float]) -> list[float]:
    """The shortest time of each way, which take turns."""
    found = [[way() for way in ways] for _ in range(rounds)]
    # Those of `Once` are the shortest so far.
    return [times[-1] if isinstance(way, Once) else min(times) for way, times in zip(ways, zip(*found))]


def names(random_: random.Random, count: int) -> list[str]:
    words = "srv var opt data cache lib share web api log user report build temp store index blob media export".split()
    return ["/" + "/".join(random_.choices(words, k=random_.randint(3, 6))) + f"/{random_.randrange(10**6):06}.dat" for _ in range(count)]


def patterns(random_: random.Random, count: int) -> list[str]:
    """Half exact, a quarter directories, 15 % base names and suffixes, 10 % wildcards inside."""
    found = []
    for name in names(random_, count):
        kind = random_.random()
        folder, _, base = name.rpartition("/")
        if kind < 0.5:
            found.append(name)
        elif kind < 0.75:
            found.append(f"{folder}{random_.randrange(10**6)}/**")
        elif kind < 0.9:
            found.append(random_.choice([base, f"*.x{random_.randrange(10**5)}"]))
        else:
            head, _, tail = folder[1:].partition("/")
            found.append(f"/{head}/*/{tail}/{base}")
    return list(dict.fromkeys(found))


def regular(pattern: str) -> str:
    """A pattern as a regular expression over the whole path."""
    if not pattern.startswith("/"):
        return "(?:^|/)" + re.escape(pattern).replace(r"\*", "[^/]*") + "$"
    if pattern.endswith("/**"):
        return "^" + re.escape(pattern[:-3]) + "/"
    return "^" + re.escape(pattern).replace(r"\*", "[^/]*") + "$"


def asked(random_: random.Random, rules: list[str], count: int) -> list[str]:
    """Paths of which 5 % match."""
    paths = names(random_, count)
    for index in range(0, count, 20):
        rule = random_.choice(rules)
        if not rule.startswith("/"):
            paths[index] = "/srv/" + rule.replace("*", "name")
        else:
            paths[index] = rule.replace("/**", "/below/it").replace("*", "one")
    return paths


def engine_of(control: str, settings: dict[str, Any]) -> tuple[wardline.Engine, bytes]:
    policy = {
        "wardline": 1, "kind": "host", "name": "bench", "platform": "linux", "mode": "enforce",
        "controls": {control: settings},
    }  # fmt: skip
    bundle = wardline.compile(json.dumps(policy))
    return wardline.Engine.load(bundle), bundle.bytes


def row(name: str, *cells: object) -> None:
    print(f"| {name} | " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def calls() -> None:
    """Ours beside the floor: the goals."""
    random_ = random.Random(1)
    rules = patterns(random_, 1000)
    engine, bundle = engine_of("executables_blocked", {"executables": rules})
    paths = asked(random_, rules, 2000)
    pairs = [(path, "/usr/bin/python3.11") for path in paths]
    events: list[Any] = [{"kind": "exec", "path": path, "process": {"path": process}} for path, process in pairs]
    empty = floor.Floor()
    encoded = [(path.encode(), process.encode()) for path, process in pairs]

    inside = floor.Core(bundle)
    batch = wardline.Batch(events)
    lines = b"".join(json.dumps(event).encode() + b"\n" for event in events)
    actor = engine.actor(process="/usr/bin/python3.11")

    # The lambda and the subscripts are in all of them.
    two, one, core, core_two, core_lines, keywords, mapping, batched, of_lines, iterated, acted = shortest(
        20 * ROUNDS,
        Once(lambda pair: empty.exec(path=pair[0], process=pair[1]), pairs),
        Once(lambda event: empty.decide(event), events),
        lambda: floor.exec(bundle, encoded, 2),
        Once(lambda pair: inside.exec(path=pair[0], process=pair[1]), pairs),
        lambda: floor.lines(bundle, lines, 2),
        Once(lambda pair: engine.exec(path=pair[0], process=pair[1]), pairs),
        Once(lambda event: engine.decide(event), events),
        Once(engine.decide_batch, [batch]),
        Once(engine.decide_batch, [lines]),
        Once(engine.decide_batch, [events]),
        Once(lambda pair: engine.exec(path=pair[0], actor=actor), pairs),
    )
    batched, of_lines, iterated = (time / len(events) for time in (batched, of_lines, iterated))
    print("\n| call | ns | empty call | engine alone | more | goal |\n|---|---|---|---|---|---|")
    row("`engine.exec(path=…, process=…)`", *(f"{x:.0f}" for x in (keywords, two, core, keywords - two - core)), "60")
    row("– beside an empty call that decides", f"{keywords:.0f}", f"{core_two:.0f}", "in it", f"{keywords - core_two:.0f}", "60")
    row("`engine.decide({…})`", *(f"{x:.0f}" for x in (mapping, one, core, mapping - one - core)), "150")
    row("a `Batch`, each event", f"{batched:.0f}", "–", f"{core:.0f}", f"{batched - core:.0f}", "10")
    row("JSON lines, each", f"{of_lines:.0f}", "–", f"{core_lines:.0f}", f"{of_lines - core_lines:.0f}", "10")
    row("an iterable of dictionaries, each", f"{iterated:.0f}", "–", f"{core:.0f}", f"{iterated - core:.0f}", "–")
    row("`engine.exec(path=…, actor=…)`", f"{acted:.0f}", f"{two:.0f}", "–", "–", "–")


def peer(
    name: str, make: Callable[[], Callable[[str], bool]], arguments: list[str], wanted: list[bool], ours: Callable[[str], Any]
) -> None:
    """Times another library, if it is there and answers as we do."""
    try:
        call = make()
    except Exception as error:
        row(name, f"not measured: {type(error).__name__}: {error}", "")
        return
    slow = Once(call, arguments[:FEW])() > SLOW
    few = arguments[:FEW] if slow else arguments
    wrong = sum(bool(call(argument)) is not want for argument, want in zip(few, wanted))
    own, took = shortest(3 if slow else ROUNDS, Once(ours, arguments), Once(call, few))
    row(name, f"{took:,.0f}", f"{took / own:.1f}×" + (f", {wrong} other answers" if wrong else ""))


def paths(count: int) -> None:
    """A file's path against so many patterns."""
    random_ = random.Random(count)
    rules = patterns(random_, count)
    engine, bundle = engine_of("file_block", {"paths": rules})
    arguments = asked(random_, rules, 2000)
    wanted = [engine.file("read", path).blocked for path in arguments]
    assert 50 < sum(wanted) < 200, sum(wanted)
    file = engine.file
    encoded = [path.encode() for path in arguments]

    def ours(path: str) -> Any:
        return file("read", path)

    own, core = shortest(ROUNDS, Once(ours, arguments), lambda: floor.file(bundle, encoded, 2))
    print(f"\n| {len(rules):,} patterns of paths | ns | beside ours |\n|---|---|---|")
    row("wardline", f"{own:,.0f} (engine alone {core:.0f})", "1×")
    expressions = [regular(rule) for rule in rules]

    def hyperscan() -> Callable[[str], bool]:
        hs = importlib.import_module("hyperscan")
        database = hs.Database()
        flags = hs.HS_FLAG_SINGLEMATCH | hs.HS_FLAG_DOTALL
        database.compile(expressions=[one.encode() for one in expressions], ids=list(range(len(rules))), flags=[flags] * len(rules))
        found: list[int] = []

        def call(path: str) -> bool:
            found.clear()
            database.scan(path.encode(), match_event_handler=lambda *match: found.append(1))
            return bool(found)

        return call

    def re2() -> Callable[[str], bool]:
        module = importlib.import_module("re2")
        options = module.Options()
        options.max_mem = 1 << 30
        every = module.Set.SearchSet(options)
        for one in expressions:
            every.Add(one)
        every.Compile()
        return lambda path: bool(every.Match(path))

    def pathspec() -> Callable[[str], bool]:
        kind = importlib.import_module("pathspec").PathSpec
        # The fastest of its backends that takes so many; what it calls its best is not.
        for backend in ("hyperscan", "re2"):
            try:
                spec = kind.from_lines("gitignore", rules, backend=backend)
                break
            except Exception:
                continue
        else:
            spec = kind.from_lines("gitignore", rules, backend="simple")
        return lambda path: bool(spec.match_file(path))

    def fnmatch_loop() -> Callable[[str], bool]:
        # `*` of fnmatch crosses `/`: the nearest that there is.
        own = [rule if rule.startswith("/") else f"*/{rule}" for rule in rules]
        return lambda path: any(fnmatch.fnmatchcase(path, one) for one in own)

    def alternation() -> Callable[[str], bool]:
        one = re.compile("|".join(expressions))
        return lambda path: one.search(path) is not None

    for name, make in (
        ("hyperscan", hyperscan), ("google-re2, `Set`", re2), ("pathspec", pathspec),
        ("`re`, alternation", alternation), ("`fnmatch`, loop", fnmatch_loop),
    ):  # fmt: skip
        peer(name, make, arguments, wanted, ours)


def networks(count: int) -> None:
    """An address against so many networks."""
    random_ = random.Random(count)
    nets = [ipaddress.ip_network((random_.randrange(2**32), random_.randint(20, 30)), strict=False) for _ in range(count)]
    rules = list(dict.fromkeys(map(str, nets)))
    engine, bundle = engine_of("network_block", {"networks": rules})
    arguments = [str(ipaddress.ip_address(random_.randrange(2**32))) for _ in range(2000)]
    arguments[::20] = [str(random_.choice(nets)[1]) for _ in arguments[::20]]
    network = engine.network
    wanted = [network("outbound", address).blocked for address in arguments]
    encoded = [address.encode() for address in arguments]

    def ours(address: str) -> Any:
        return network("outbound", address)

    own, core = shortest(ROUNDS, Once(ours, arguments), lambda: floor.network(bundle, encoded, 2))
    print(f"\n| {len(rules):,} networks | ns | beside ours |\n|---|---|---|")
    row("wardline", f"{own:,.0f} (engine alone {core:.0f})", "1×")

    def pytricia() -> Callable[[str], bool]:
        tree = importlib.import_module("pytricia").PyTricia(32)
        for rule in rules:
            tree[rule] = True
        return lambda address: address in tree

    peer("pytricia", pytricia, arguments, wanted, ours)
    peer("`ipaddress`, loop", lambda: lambda text: any(ipaddress.ip_address(text) in net for net in nets), arguments, wanted, ours)


def policies(count: int) -> None:
    """A whole decision: who does what to which file, by so many rules."""
    random_ = random.Random(count)
    rules = [name.rpartition("/")[0] + f"{index}" for index, name in enumerate(names(random_, count))]
    engine, _ = engine_of("file_block", {"paths": [f"{rule}/**" for rule in rules], "except_users": ["root"]})
    arguments = [f"{random_.choice(rules)}/x" if index % 20 == 0 else name for index, name in enumerate(names(random_, 400))]
    user: Any = {"name": "eve"}
    wanted = [engine.file("read", path, user=user).blocked for path in arguments]
    assert sum(wanted) >= 20

    def ours(path: str) -> Any:
        return engine.file("read", path, user=user)

    own = shortest(ROUNDS, Once(ours, arguments))[0]
    print(f"\n| {count:,} rules about user, operation and path | ns | beside ours |\n|---|---|---|")
    row("wardline", f"{own:,.0f}", "1×")

    def casbin() -> Callable[[str], bool]:
        module = importlib.import_module("casbin")
        importlib.import_module("logging").disable(50)
        model = module.Enforcer.new_model(text=CASBIN)
        enforcer = module.Enforcer(model)
        for rule in rules:
            enforcer.add_policy("eve", f"{rule}/*", "read")
        return lambda path: bool(enforcer.enforce("eve", path, "read"))

    def cedarpy() -> Callable[[str], bool]:
        module = importlib.import_module("cedarpy")
        text = "\n".join(
            f'permit(principal, action == Action::"read", resource) when {{ resource.path like "{rule}/*" }};' for rule in rules
        )
        # Parsed once, where that can be done.
        policies: Any = module.PolicySet.from_str(text) if hasattr(module, "PolicySet") else text

        def call(path: str) -> bool:
            request = {"principal": 'User::"eve"', "action": 'Action::"read"', "resource": 'File::"one"', "context": {}}
            entity = {"uid": {"type": "File", "id": "one"}, "attrs": {"path": path}, "parents": []}
            return bool(module.is_authorized(request, policies, [entity]).allowed)

        return call

    peer("casbin", casbin, arguments, wanted, ours)
    peer("cedarpy", cedarpy, arguments, wanted, ours)


CASBIN = """
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub == p.sub && keyMatch(r.obj, p.obj) && r.act == p.act
"""


def main(sizes: Iterable[int]) -> None:
    print(f"Python {sys.version.split()[0]}, wardline of {wardline.__file__}")
    calls()
    for size in sizes:
        paths(size)
        networks(size)
        policies(size)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [1_000, 10_000])

"""What connections and look-ups are asked about."""

from __future__ import annotations

import pathlib

import pytest
from worlds import ATTEMPT, bundle, code, reports, run, server, world


def test_mining_and_reputation_by_name_address_and_answer(tmp_path: pathlib.Path) -> None:
    import socket

    name = socket.gethostname()
    if name == "localhost":
        pytest.skip("skipped: needs a name of this machine other than localhost")
    answer = socket.gethostbyname(name)
    root = world(tmp_path / "world")
    (root / "feed.txt").write_text(f"127.0.0.66\n{answer}\n203.0.113.0/24\n")
    text = f"""
wardline: 1
kind: function
name: shop
platform: linux
mode: enforce
lists: {{ feed: {{ file: feed.txt, format: networks }} }}
controls:
  block_cryptocurrency_mining: {{}}
  dns_ip_reputation: {{ lists: [feed], include_special_use: true }}
"""
    import wardline

    (root / "p.yaml").write_text(text)
    try:
        compiled = wardline.compile(root / "p.yaml")
    except wardline.CompileError:
        (root / "p.yaml").write_text(text.replace(", include_special_use: true", "").replace("networks }", "networks, include_special_use: true }"))
        compiled = wardline.compile(root / "p.yaml")
    (root / "f.wlb").write_bytes(bytes(compiled))
    ran = run(
        root,
        ["-c", ATTEMPT + f"""
print(attempt(lambda: socket.getaddrinfo("pool.supportxmr.com", 3333)), attempt(lambda: socket.getaddrinfo({name!r}, 80)),
      attempt(lambda: socket.gethostbyname({name!r})), attempt(lambda: socket.gethostbyname_ex({name!r})),
      attempt(lambda: socket.create_connection(("127.0.0.66", 80))), attempt(lambda: socket.socket().connect(("203.0.113.7", 80))),
      attempt(lambda: socket.create_connection(("127.0.0.1", 1))) if {answer != "127.0.0.1"} else "open")
"""],
    )  # fmt: skip
    words = ["block_cryptocurrency_mining", *["dns_ip_reputation"] * 5, "open"]
    assert ran.stdout.split() == words, ran.stderr


def test_nowhere_is_this_host(tmp_path: pathlib.Path) -> None:
    root = world(tmp_path / "world")
    own, other = "127.0.0.1, '::1'", "10.0.0.0/8"
    for networks, mode in ((own, "enforce"), (own, "audit"), (other, "enforce")):
        bundle(root / "f.wlb", f"  network_block: {{ networks: [{networks}] }}", mode)
        (root / "audit.jsonl").write_text("")
        with server() as port:
            ran = run(
                root,
                code(f"""
                import socket
                for family, host in (
                    (socket.AF_INET, "0.0.0.0"), (socket.AF_INET, ""), (socket.AF_INET, "0"), (socket.AF_INET, b""),
                    (socket.AF_INET6, "::"), (socket.AF_INET6, ""), (socket.AF_INET6, "::ffff:0.0.0.0"),
                    (socket.AF_INET6, "::ffff:0:0"),
                ):
                    for call in (
                        lambda one: one.connect((host, {port})),
                        lambda one: one.connect_ex((host, {port})) and 1 / 0,
                    ):
                        try:
                            call(socket.socket(family))
                            print("open")
                        except PermissionError as error:
                            print(error.wardline["control"])
                    for call in (
                        lambda one: one.sendto(b"x", (host, {port})),
                        lambda one: one.sendmsg([b"x"], [], 0, (host, {port})),
                    ):
                        try:
                            call(socket.socket(family, socket.SOCK_DGRAM))
                            print("open")
                        except PermissionError as error:
                            print(error.wardline["control"])
                    # To listen everywhere is not to connect to this host.
                    socket.socket(family).bind((host, 0))
                """),
            )
        blocked = networks == own and mode == "enforce"
        assert ran.stdout.split() == ["network_block" if blocked else "open"] * 32, ran.stderr
        told = [event["action"] for event in reports(root)]
        assert told == ([] if networks == other else ["block" if blocked else "audit"] * 32)


def test_nowhere_is_what_the_own_address_makes_of_it(tmp_path: pathlib.Path) -> None:
    root = world(tmp_path / "world")
    bundle(root / "f.wlb", "  network_block: { networks: [127.0.0.2], directions: [outbound] }")
    with server() as port:
        ran = run(
            root,
            code(f"""
            import socket
            for host in ("127.0.0.3", "127.0.0.2"):
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                    one = socket.socket(socket.AF_INET, kind)
                    one.bind((host, 0))
                    try:
                        one.connect(("0.0.0.0", {port}))
                        print("open")
                    except PermissionError as error:
                        print(error.wardline["control"])
            """),
        )
    assert ran.stdout.split() == ["open"] * 2 + ["network_block"] * 2, ran.stderr
    for networks, expected in (("127.0.0.1", "network_block"), ("127.0.0.2", "open")):
        bundle(root / "f.wlb", f"  network_block: {{ networks: [{networks}] }}")
        with server() as port:
            ran = run(
                root,
                code(f"""
                import socket
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                    one = socket.socket(socket.AF_INET6, kind)
                    one.bind(("::ffff:0.0.0.0", 0))
                    try:
                        one.connect(("::", {port}))
                        print("open")
                    except PermissionError as error:
                        print(error.wardline["control"])
                """),
            )
        assert ran.stdout.split() == [expected] * 2, ran.stderr


def test_a_socket_is_what_the_system_says_it_is(tmp_path: pathlib.Path) -> None:
    root = world(tmp_path / "world")
    for protocol, expected in (("tcp", "network_block"), ("udp", "open")):
        bundle(root / "f.wlb", f"  network_block: {{ networks: [127.0.0.1], protocols: [{protocol}] }}")
        with server() as port:
            ran = run(
                root,
                code(f"""
                import socket
                own = socket.socket()
                for one in (socket.socket(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM, fileno=own.fileno())):
                    try:
                        one.connect(("127.0.0.1", {port}))
                        print("open")
                    except PermissionError as error:
                        print(error.wardline["control"])
                """),
            )
        assert ran.stdout.split() == [expected] * 2, ran.stderr


def test_the_name_that_is_asked_about_is_looked_up(tmp_path: pathlib.Path) -> None:
    root = world(tmp_path / "world")
    names = """
        import _socket, socket
        def look(call, *args, **named):
            try:
                call(*args, **named)
                print("found")
            except PermissionError as error:
                print("blocked")
            except (OSError, UnicodeError) as error:
                print(type(error).__name__)
        class Name(str):
            def encode(self, *_):
                return b"localhost"
            split = encode
        class Key(str):
            asked = 0
            __hash__ = str.__hash__
            def __eq__(self, other):
                Key.asked += 1
                return Key.asked > 1
        """
    asked = """
        look(socket.getaddrinfo, Name("none.invalid"), 80)
        look(socket.gethostbyname, Name("none.invalid"))
        look(socket.gethostbyname_ex, Name("none.invalid"))
        look(socket.gethostbyaddr, Name("none.invalid"))
        look(_socket.getaddrinfo, host=Name("none.invalid"), port=80)
        look(_socket.getaddrinfo, port=80, **{Key("host"): Name("none.invalid")})
        look(socket.getaddrinfo, Name("a.blocked.test"), 80)
        """
    codec = """
        import encodings.idna
        encodings.idna.Codec.encode = lambda self, text, errors="strict": (b"localhost", len(text))
        look(socket.getaddrinfo, "none.invalid", 80)
        look(socket.getaddrinfo, "n\u00f6ne.invalid", 80)
        look(socket.gethostbyname, "n\u00f6ne.invalid")
        look(socket.gethostbyname_ex, "none.invalid")
        """
    # Without the wrapper it is another name that is found.
    for own, watched in ((asked, ["gaierror"] * 6 + ["blocked"]), (codec, ["gaierror"] * 4)):
        ran = run(root, code(names + own), False)
        assert ran.stdout.split() == ["found"] * len(watched), ran.stderr
        ran = run(root, code(names + own))
        assert ran.stdout.split() == watched, ran.stderr
    # What is no name is no name with the wrapper either.
    errors = """
        for name in ("a" * 64, "a..b", ".", ".a", "a" * 64 + ".b"):
            look(socket.getaddrinfo, name, 80)
            look(socket.gethostbyname, name)
        look(socket.getaddrinfo, None, 80)
        look(socket.getaddrinfo, "", 80)
        look(socket.gethostbyname, "")
        look(socket.gethostbyname, bytearray(b"localhost"))
        try:
            socket.getaddrinfo(bytearray(b"localhost"), 80)
        except TypeError:
            print("TypeError")
        """
    for watched in (False, True):
        ran = run(root, code(names + errors), watched)
        found = ["UnicodeError" if "Unicode" in line else line for line in ran.stdout.split()]
        assert found == ["UnicodeError"] * 10 + ["found", "gaierror", "found", "found", "TypeError"], ran.stderr


def test_a_name_that_is_none_is_said_to_be_invalid(tmp_path: pathlib.Path) -> None:
    root = world(tmp_path / "world")
    for mode in ("enforce", "audit"):
        (root / "audit.jsonl").write_text("")
        ran = run(
            root,
            code("""
            import socket
            for call in (
                lambda: socket.getaddrinfo("local\u200dhost", 80),
                lambda: socket.getaddrinfo("local\u200dhost".encode(), 80),
                lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("127.0.0.1\u200d", 9)),
            ):
                try:
                    call()
                except PermissionError as error:
                    print(str(error).split(")")[0])
                except socket.gaierror:
                    print("gaierror")
            """),
            True,
            {"WARDLINE_MODE": mode},
        )
        expected = ["gaierror"] if mode == "audit" else ["[Errno 1] blocked by wardline (shop/network_block: invalid_event"] * 3
        assert ran.stdout.splitlines() == expected, ran.stderr
        told = [(event["reason"], event["code"], event["action"]) for event in reports(root)]
        assert set(told) == {("invalid_event", "domain", "block" if mode == "enforce" else "audit")}

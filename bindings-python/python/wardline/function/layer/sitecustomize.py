"""For a layer: imported by ``site`` from the first directory of the path that has one,
before the program starts. Another one further on is imported afterwards."""

import os
import sys


def _arm() -> None:
    try:
        import wardline.function.start  # noqa: F401
    except Exception as error:
        # `site` would print it and go on, unwatched.
        if os.environ.get("WARDLINE_BUNDLE"):
            sys.stderr.write(f"wardline: not armed, the layer is damaged: {error!r}\n")
            if os.environ.get("WARDLINE_FAIL") != "open":
                os._exit(1)


def _next() -> None:
    here = os.path.dirname(os.path.abspath(__file__))
    for entry in sys.path:
        file = os.path.join(entry, "sitecustomize.py")
        if os.path.abspath(entry or ".") != here and os.path.isfile(file):
            # Only now: it takes longer than arming.
            import importlib.util

            spec = importlib.util.spec_from_file_location("sitecustomize", file)
            if spec is not None and spec.loader is not None:
                module = importlib.util.module_from_spec(spec)
                sys.modules["sitecustomize"] = module
                spec.loader.exec_module(module)
            return


_arm()
_next()

"""Imported by the ``sitecustomize`` of a layer or a ``.pth`` file: arms this process if
``WARDLINE_BUNDLE`` says with what, before the program starts."""

import os

if os.environ.get("WARDLINE_BUNDLE"):
    from . import from_environment

    from_environment()

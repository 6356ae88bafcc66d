"""Takes the programs out of a guide: guide.py GUIDE.md FOLDER.

Every block of C is a whole program; a block of YAML or JSON with a name is a file
that they use.
"""

import os
import re
import sys

text = open(sys.argv[1]).read()
os.makedirs(sys.argv[2], exist_ok=True)
for name, content in re.findall(r"```(?:yaml|json) ([\w.]+)\n(.*?)```", text, re.S):
    open(os.path.join(sys.argv[2], name), "w").write(content)
programs = re.findall(r"```c\n(.*?)```", text, re.S)
assert programs, "no programs"
for number, program in enumerate(programs):
    assert "main" in program, f"program {number} has no main"
    open(os.path.join(sys.argv[2], f"program{number}.c"), "w").write(program)

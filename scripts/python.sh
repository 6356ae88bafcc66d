# What the rows about Python share. To be sourced.

export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
versions=(3.11 3.10 3.12 3.13)

# Ends the row where there is no Python that packages could be built with.
need_python() {
    if ! python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
        echo 'skipped: needs python 3.10 or later with venv'
        exit 77
    fi
}

# The interpreter of a version: on the path, or one that pyenv has.
find_python() {
    local candidate
    for candidate in "$(command -v "python$1" || true)" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python; do
        if [ -x "$candidate" ] && "$candidate" -c 'import venv' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

# A clean environment: environment PYTHON DIRECTORY PACKAGE...
environment() {
    "$1" -m venv --without-pip "$2"
    install_into "$2" "${@:3}"
}

# Wheels only: nothing is built, so no compiler is needed. The pip of the tools, which
# pack-python has made, saves each environment one of its own.
install_into() {
    "${CARGO_TARGET_DIR:-target}/python-tools/bin/python" -m pip --python "$1/bin/python" \
        install --quiet --only-binary :all: "${@:2}"
}

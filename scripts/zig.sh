# Sourced: Zig, which links what is built against the oldest glibc and for other platforms.

has_zig() {
    command -v cargo-zigbuild >/dev/null && python3 -c 'import ziglang' 2>/dev/null
}

# Puts Zig on the path if it is here or PyPI has it, where both are ready to run; in an
# environment of their own, below the target.
find_zig() {
    local zig=${CARGO_TARGET_DIR:-target}/zig
    has_zig && return
    [ -x "$zig/bin/cargo-zigbuild" ] ||
        { python3 -m venv "$zig" && "$zig/bin/pip" install --quiet cargo-zigbuild; } >/dev/null 2>&1 ||
        return 0
    PATH=$(cd "$zig/bin" && pwd):$PATH
}

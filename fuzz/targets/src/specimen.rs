//! Small bundles with everything in them, to be damaged.

use std::sync::LazyLock;

use wardline::{Compiler, Format, Platform};

/// A bundle of a host's and a function's policies: every section there is.
pub static LINUX: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let texts = [include_str!("../policies/host.yaml"), include_str!("../policies/function.yaml")];
    bundle(Platform::Linux, &texts)
});

/// The same sections in about 4 KB.
pub static SMALL: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let host = include_str!("../policies/small-host.yaml");
    bundle(Platform::Linux, &[host, include_str!("../policies/small-function.yaml")])
});

/// A bundle for Windows: names in upper case, and the registry.
pub static WINDOWS: LazyLock<Vec<u8>> =
    LazyLock::new(|| bundle(Platform::Windows, &[include_str!("../policies/windows.yaml")]));

fn bundle(platform: Platform, texts: &[&str]) -> Vec<u8> {
    let mut compiler = Compiler::new(platform);
    for text in texts {
        compiler
            .policy("p.yaml", text.as_bytes(), Format::Yaml)
            .unwrap_or_else(|errors| panic!("{errors}"));
    }
    compiler.list("h", "l", "c.example\n").list("h", "e", "93.184.216.34:80\n");
    compiler.list("host", "feed", "c.example\nb.example\n");
    compiler.list("host", "ends", "93.184.216.34:80\n93.184.216.35\n");
    compiler.build().unwrap_or_else(|errors| panic!("{errors}")).bytes
}

//! Small bundles with everything in them, to be damaged.

use std::sync::LazyLock;

use wardline::{Compiler, Format, Platform};

/// A bundle of a host's and a function's policies: every section there is.
pub static LINUX: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let texts = [include_str!("../policies/host.yaml"), include_str!("../policies/function.yaml")];
    bundle(Platform::Linux, &texts)
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
    compiler.list("host", "feed", "c.example\nb.example\n");
    compiler.list("host", "ends", "203.0.113.9:80\n203.0.113.10\n");
    compiler.build().unwrap_or_else(|errors| panic!("{errors}")).bytes
}

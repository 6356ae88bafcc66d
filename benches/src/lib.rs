//! What benches share: engines from a line of policy.

use wardline::{Binding, Compiler, Engine, Format, Platform};

/// An engine with one control of an enforcing host policy for Linux.
///
/// # Panics
///
/// If the control is not understood.
pub fn engine(control: &str) -> Engine<Vec<u8>> {
    let policy = format!(
        "wardline: 1\nkind: host\nname: bench\nplatform: linux\nmode: enforce\ncontrols:\n  {control}\n"
    );
    let mut compiler = Compiler::new(Platform::Linux);
    compiler.policy("bench.yaml", policy.as_bytes(), Format::Yaml).expect("a policy");
    let bundle = compiler.build().expect("a bundle");
    Engine::load(bundle.bytes, &Binding::default()).expect("an engine")
}

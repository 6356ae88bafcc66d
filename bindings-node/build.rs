//! Sets what linking an addon needs.

fn main() {
    napi_build::setup();
}

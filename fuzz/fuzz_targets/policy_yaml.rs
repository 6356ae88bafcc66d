#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| wardline_fuzz_targets::policy_yaml(data));

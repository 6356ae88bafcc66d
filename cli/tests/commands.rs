//! What users see, word by word: every verb, its help, its errors. The cases
//! are `tests/cmd/*.trycmd` and `*.toml`, `TRYCMD=overwrite cargo test --test
//! commands` rewrites them, to be read as a diff.

#[test]
fn users_see_what_is_expected() {
    let cases = trycmd::TestCases::new();
    cases.env("COLUMNS", "90").env("NO_COLOR", "1");
    cases.case("tests/cmd/*.trycmd").case("tests/cmd/*.toml");
    // Tests find the command where cargo put it.
    cases.register_bin("wardline", std::path::Path::new(env!("CARGO_BIN_EXE_wardline")));
    cases.run();
}

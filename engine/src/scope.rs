pub(crate) fn evaluate(_code: &[u8], _target: &[(&str, &str)]) -> Option<bool> { None }

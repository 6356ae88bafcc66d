//! Users and groups as policies name them.

use alloc::string::String;

use crate::policy::source::Entry;

/// A user or group as a policy names it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PrincipalEntry {
    /// As written, with prefix.
    pub entry: Entry,
    /// What it names.
    pub name: PrincipalName,
}

/// What a [`PrincipalEntry`] names.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum PrincipalName {
    /// A name: `alice`, `DOMAIN\alice`, `.\alice`.
    Name(String),
    /// The number after `uid:` or `gid:`, never 4294967295.
    Id(u32),
    /// The identifier after `sid:`, checked, in upper case: `S-1-5-18`.
    Sid(String),
}

#[cfg(feature = "text")]
mod decode {
    use alloc::format;

    use super::{PrincipalEntry, PrincipalName};
    use crate::canonical::sid::is_sid;
    use crate::diagnostic::{Code, quoted};
    use crate::policy::Platform;
    use crate::policy::decode::Decoder;
    use crate::policy::entry::{Instead, space};
    use crate::policy::source::Entry;
    use crate::policy::spec::Item;
    use crate::policy::tree::Node;

    impl PrincipalEntry {
        /// * `item` - a user or a group.
        pub(crate) fn decode(decoder: &mut Decoder<'_>, node: &Node, item: Item) -> Option<Self> {
            let text = decoder.entry(node, Instead::of(item, decoder.platform))?.text.clone();
            if !space(decoder, item, node.span, &text) {
                return None;
            }
            let group = item == Item::Group;
            match understand(&text, group, decoder.platform) {
                Ok(name) => {
                    warn_of_digits(decoder, node, group, &name);
                    Some(PrincipalEntry { entry: Entry { text, span: node.span }, name })
                }
                Err((code, message)) => {
                    let message = format!("{} {message}", quoted(&text));
                    let expected = match group {
                        false => "a name, `uid:N` or `sid:S-…`",
                        true => "a name, `gid:N` or `sid:S-…`",
                    };
                    let diagnostic = decoder.about(code, node.span, message).expecting(expected);
                    decoder.diagnostics.push(diagnostic);
                    None
                }
            }
        }
    }

    pub(super) fn understand(
        text: &str,
        group: bool,
        platform: Option<Platform>,
    ) -> Result<PrincipalName, (Code, &'static str)> {
        let Some((prefix, rest)) = text.split_once(':') else {
            let name = name(text)?;
            return match platform {
                Some(Platform::Windows) => windows(text).map(|()| name),
                _ => Ok(name),
            };
        };
        match (prefix, group) {
            ("uid", false) | ("gid", true) => id(rest),
            ("uid", true) => Err((Code::PrincipalSyntax, "is a user, groups are written `gid:N`")),
            ("gid", false) => Err((Code::PrincipalSyntax, "is a group, users are written `uid:N`")),
            ("sid", _) if is_sid(rest.as_bytes()) => {
                Ok(PrincipalName::Sid(rest.to_ascii_uppercase()))
            }
            ("sid", _) => {
                Err((Code::PrincipalSyntax, "is no security identifier such as `sid:S-1-5-18`"))
            }
            _ => Err((
                Code::PrincipalSyntax,
                "has a colon, which no name has; prefixes are `uid:`, `gid:` and `sid:`",
            )),
        }
    }

    /// A name as it is: what looks like more would silently be a name that nobody has.
    fn name(text: &str) -> Result<PrincipalName, (Code, &'static str)> {
        let syntax = |message| Err((Code::PrincipalSyntax, message));
        if text.contains(['*', '?']) {
            return syntax(
                "has a wildcard, which names have not; leave the field out for everyone",
            );
        }
        if text.contains([',', ';']) {
            return syntax("is more than one name; write each as an entry of its own");
        }
        if text.starts_with(['@', '%', '+']) {
            return syntax("is how other files write a group; groups are entries of `groups`");
        }
        if text.chars().any(char::is_control) {
            return syntax("has a line break or another control character");
        }
        if is_sid(text.as_bytes()) {
            return syntax("is a security identifier, which is written with `sid:` before it");
        }
        Ok(PrincipalName::Name(text.into()))
    }

    /// Refuses what no account of Windows is called.
    ///
    /// Source: Microsoft Learn, "SAM-Account-Name attribute" and "Naming conventions in
    /// Active Directory".
    fn windows(text: &str) -> Result<(), (Code, &'static str)> {
        let syntax = |message| Err((Code::PrincipalSyntax, message));
        if text.contains('/') {
            return syntax("has a `/`, which no account has; a domain is written `CORP\\alice`");
        }
        if text.contains(['"', '[', ']', '|', '=', '+', '<', '>']) {
            return syntax("has a character that no account has");
        }
        match text.split_once('\\') {
            Some((_, "")) => syntax("has no account behind its `\\`"),
            Some((_, user)) if user.contains('\\') => {
                syntax("has more than one `\\`; single quotes keep each as it is: 'CORP\\alice'")
            }
            _ => Ok(()),
        }
    }

    fn id(digits: &str) -> Result<PrincipalName, (Code, &'static str)> {
        let padded = digits.len() > 1 && digits.starts_with('0');
        if digits.is_empty() || padded || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err((Code::PrincipalSyntax, "is not followed by a plain decimal number"));
        }
        match digits.parse() {
            // 4294967295 is "no id" to the kernel.
            Ok(id) if id != u32::MAX => Ok(PrincipalName::Id(id)),
            _ => Err((Code::OutOfRange, "is out of range, ids end at 4294967294")),
        }
    }

    /// Names of digits exist, but most who write one mean the id.
    fn warn_of_digits(decoder: &mut Decoder<'_>, node: &Node, group: bool, name: &PrincipalName) {
        let PrincipalName::Name(name) = name else { return };
        if decoder.platform == Some(Platform::Linux) && name.bytes().all(|b| b.is_ascii_digit()) {
            let id = if group { "gid" } else { "uid" };
            let message = format!("{} is a name, not an id", quoted(name));
            let diagnostic = decoder.about(Code::PrincipalDigits, node.span, message);
            let diagnostic = diagnostic.with_help(format!("an id is written `{id}:{name}`"));
            decoder.diagnostics.push(diagnostic);
        }
    }
}

#[cfg(all(test, feature = "text"))]
mod tests {
    use super::PrincipalName::{Id, Name, Sid};
    use super::decode::understand;
    use crate::policy::Platform;

    macro_rules! user {
        ($name:ident, $text:literal => $want:expr) => {
            #[test]
            fn $name() {
                assert_eq!(understand($text, false, None).ok(), $want);
            }
        };
    }

    user!(plain_name, "alice" => Some(Name("alice".into())));
    user!(domain_name, r"CORP\guest" => Some(Name(r"CORP\guest".into())));
    user!(digits_are_a_name, "1000" => Some(Name("1000".into())));
    user!(wildcard, "*" => None);
    user!(wildcard_of_a_domain, r"CORP\*" => None);
    user!(two_names, "alice,bob" => None);
    user!(netgroup, "@admin" => None);
    user!(group_of_sudoers, "%wheel" => None);
    user!(line_break, "alice\n" => None);
    user!(bare_sid, "S-1-5-18" => None);
    user!(name_with_a_realm, "alice@corp.example" => Some(Name("alice@corp.example".into())));
    user!(root, "uid:0" => Some(Id(0)));
    user!(last_id, "uid:4294967294" => Some(Id(4_294_967_294)));
    user!(no_id, "uid:4294967295" => None);
    user!(overflowing_id, "uid:99999999999999999999" => None);
    user!(padded_id, "uid:007" => None);
    user!(signed_id, "uid:+7" => None);
    user!(empty_id, "uid:" => None);
    user!(upper_case_prefix, "UID:0" => None);
    user!(group_among_users, "gid:0" => None);
    user!(system, "sid:S-1-5-18" => Some(Sid("S-1-5-18".into())));
    user!(lower_case_sid, "sid:s-1-5-18" => Some(Sid("S-1-5-18".into())));
    user!(hexadecimal_authority, "sid:S-1-0x0123456789ab-1" => Some(Sid("S-1-0X0123456789AB-1".into())));
    user!(sid_without_numbers, "sid:S-1-5" => None);
    user!(sid_of_another_revision, "sid:S-2-5-18" => None);
    user!(sid_number_too_large, "sid:S-1-5-4294967296" => None);
    user!(sid_with_too_many_numbers, "sid:S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16" => None);

    macro_rules! windows {
        ($name:ident, $text:literal => $want:expr) => {
            #[test]
            fn $name() {
                let name = understand($text, false, Some(Platform::Windows));
                assert_eq!(name.ok(), $want.map(|name: &str| Name(name.into())));
            }
        };
    }

    windows!(account_of_a_domain, r"CORP\alice" => Some(r"CORP\alice"));
    windows!(account_of_this_host, r".\alice" => Some(r".\alice"));
    windows!(account_of_no_domain, r"\alice" => Some(r"\alice"));
    windows!(virtual_account, r"NT SERVICE\MSSQL$SQLEXPRESS" => Some(r"NT SERVICE\MSSQL$SQLEXPRESS"));
    windows!(account_of_a_realm, "alice@corp.example" => Some("alice@corp.example"));
    windows!(two_separators, r"CORP\\alice" => None);
    windows!(three_parts, r"a\b\c" => None);
    windows!(slash, "CORP/bob" => None);
    windows!(no_account, r"CORP\" => None);
    windows!(bracket, r"CORP\[x]" => None);

    #[test]
    fn other_names_are_those_of_linux() {
        let name = understand(r"CORP\\alice/x", false, Some(Platform::Linux));
        assert_eq!(name, Ok(Name(r"CORP\\alice/x".into())));
    }

    #[test]
    fn user_among_groups() {
        assert!(understand("uid:0", true, None).is_err());
        assert_eq!(understand("gid:27", true, None), Ok(Id(27)));
    }
}

//! Decoys: what only an intruder touches.

use alloc::vec::Vec;

use super::declare::record;
use crate::event::vocabulary;
use crate::policy::source::{Entry, Located};
use crate::policy::spec::{Absent, FieldSpec, Shape, Variant};

/// Something that only an intruder touches.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Decoy {
    /// `kind: access_key`.
    AccessKey(AccessKeyDecoy),
    /// `kind: file`.
    File(FileDecoy),
    /// `kind: environment`.
    Environment(EnvironmentDecoy),
    /// `kind: domain`.
    Domain(DomainDecoy),
}

impl Decoy {
    /// Its forms, told apart by `kind`.
    pub const VARIANTS: &'static [Variant] = &[
        Variant { name: "access_key", doc: AccessKeyDecoy::DOC, fields: AccessKeyDecoy::FIELDS },
        Variant { name: "file", doc: FileDecoy::DOC, fields: FileDecoy::FIELDS },
        Variant {
            name: "environment",
            doc: EnvironmentDecoy::DOC,
            fields: EnvironmentDecoy::FIELDS,
        },
        Variant { name: "domain", doc: DomainDecoy::DOC, fields: DomainDecoy::FIELDS },
    ];
}

record! {
    /// An access key that nobody should use.
    pub struct AccessKeyDecoy {
        /// Its identifier.
        id: Entry = Shape::Line, Absent::Refused;
        /// Its secret; an argument that holds it counts as a use.
        secret: Option<Entry> = Shape::Text, Absent::Unset;
        /// Where it is laid out.
        place: Vec<Located<DecoyPlace>> = Shape::Choices(&["environment", "file", "layer"]), Absent::List(&[]);
    }
}

record! {
    /// A file that nobody should open.
    pub struct FileDecoy {
        /// Its path pattern. It covers what it matches; what is below a directory is `/**`.
        path: Entry = Shape::Line, Absent::Refused;
    }
}

record! {
    /// An environment variable that nobody should read.
    pub struct EnvironmentDecoy {
        /// Its name.
        name: Entry = Shape::Line, Absent::Refused;
        /// Its value; an argument that holds it counts as a use.
        value: Option<Entry> = Shape::Text, Absent::Unset;
    }
}

record! {
    /// A domain that nobody should look up or connect to.
    pub struct DomainDecoy {
        /// Its name.
        name: Entry = Shape::Line, Absent::Refused;
    }
}

vocabulary! {
    /// Where a decoy access key is laid out.
    DecoyPlace {
        /// In an environment variable.
        Environment = 0 "environment",
        /// In a file.
        File = 1 "file",
        /// In the function's layer.
        Layer = 2 "layer",
    }
}

#[cfg(feature = "text")]
mod decode {
    use alloc::vec::Vec;
    use core::cmp::Ordering;

    use super::{AccessKeyDecoy, Decoy, DomainDecoy, EnvironmentDecoy, FileDecoy};
    use crate::diagnostic::{Code, alternatives, quoted};
    use crate::policy::decode::{DecodeItem, Decoder};
    use crate::policy::entry::{Instead, no_space, warn_of_space};
    use crate::policy::source::{Entry, Located, Span};
    use crate::policy::spec::{Absent, FieldSpec, Item, Shape};
    use crate::policy::tree::{Node, Value};
    use crate::policy::visible::has_unseen_ends;
    use alloc::format;

    const KIND: &FieldSpec = &FieldSpec {
        name: "kind",
        doc: "Which form.",
        shape: Shape::Choice(&["access_key", "file", "environment", "domain"]),
        absent: Absent::Refused,
    };

    /// Refuses a name that nothing has: the decoy would never be touched.
    fn check(
        decoder: &mut Decoder<'_>,
        field: &str,
        name: &Entry,
        known: impl FnOnce(&str) -> bool,
        problem: &str,
    ) -> Option<()> {
        check_space(decoder, field, name)?;
        if known(&name.text) {
            return Some(());
        }
        decoder.within(field, |decoder| {
            let message = format!("{} {problem}", quoted(&name.text));
            decoder.report(Code::DecoySyntax, name.span, message);
        });
        None
    }

    fn check_space(decoder: &mut Decoder<'_>, field: &str, name: &Entry) -> Option<()> {
        decoder.within(field, |decoder| no_space(decoder, name.span, &name.text)).then_some(())
    }

    /// Refuses a secret that no argument holds as it is: a block keeps its last line
    /// break. It is not told.
    fn check_secret(decoder: &mut Decoder<'_>, field: &str, secret: Option<&Entry>) -> Option<()> {
        let Some(secret) = secret.filter(|secret| has_unseen_ends(&secret.text)) else {
            return Some(());
        };
        decoder.within(field, |decoder| {
            let message = "begins or ends with what cannot be seen";
            let diagnostic = decoder.about(Code::EntryLines, secret.span, message);
            let help = "leave it out; a block (`|`, `>`) keeps its last line break, `|-` does not";
            decoder.diagnostics.push(diagnostic.with_help(help));
        });
        None
    }

    fn is_of_key(character: char) -> bool {
        character.is_ascii_alphanumeric() || "-_.".contains(character)
    }

    fn is_variable(name: &str) -> bool {
        !name.contains(['=', '*', '?']) && !name.starts_with(['$', '%'])
    }

    impl DecodeItem for Located<Decoy> {
        fn decode_item(decoder: &mut Decoder<'_>, node: &Node, _: Shape) -> Option<Self> {
            let Value::Mapping(pairs) = &node.value else {
                decoder.mismatch(node, "a mapping with `kind`");
                return None;
            };
            let forms = || Decoy::VARIANTS.iter().map(|form| form.name);
            let words: Vec<&str> = forms().collect();
            let expected = alternatives(&words);
            let Some(kind) = pairs.iter().find(|pair| pair.key == KIND.name) else {
                let message = format!("`kind` is required: {expected}");
                let diagnostic = decoder.about(Code::MissingField, node.span, message);
                decoder.diagnostics.push(diagnostic.expecting(expected));
                // A key that no form knows is perhaps the one that is missed.
                let any: Vec<FieldSpec> =
                    Decoy::VARIANTS.iter().flat_map(|form| form.fields).copied().collect();
                decoder.mapping(node, core::slice::from_ref(KIND), &any);
                return None;
            };
            let word = decoder.within(KIND.name, |decoder| {
                let word = &decoder.text(&kind.value, Instead::Nothing)?.text;
                if !words.contains(&word.as_str()) {
                    let message = format!("unknown value {}, expected {expected}", quoted(word));
                    let diagnostic = decoder.about(Code::UnknownValue, kind.value.span, message);
                    decoder
                        .diagnostics
                        .push(diagnostic.expecting(expected).suggesting(word, forms()));
                }
                Some(word.as_str())
            })?;
            let form = Decoy::VARIANTS.iter().find(|form| form.name == word)?;
            let fields = decoder.mapping(node, core::slice::from_ref(KIND), form.fields)?;
            let value = match form.name {
                "access_key" => {
                    let key = AccessKeyDecoy::from_fields(decoder, &fields)?;
                    let known = |id: &str| id.chars().all(is_of_key);
                    let problem = "is no access key: letters, digits, `-`, `_` and `.`";
                    check(decoder, "id", &key.id, known, problem)?;
                    check_secret(decoder, "secret", key.secret.as_ref())?;
                    Decoy::AccessKey(key)
                }
                "file" => {
                    let file = FileDecoy::from_fields(decoder, &fields)?;
                    decoder.within("path", |decoder| {
                        warn_of_space(decoder, Item::Path, file.path.span, &file.path.text);
                    });
                    Decoy::File(file)
                }
                "environment" => {
                    let variable = EnvironmentDecoy::from_fields(decoder, &fields)?;
                    let problem = "is no variable: write its name, without `$`, `=` and wildcards";
                    check(decoder, "name", &variable.name, is_variable, problem)?;
                    check_secret(decoder, "value", variable.value.as_ref())?;
                    Decoy::Environment(variable)
                }
                _ => {
                    let domain = DomainDecoy::from_fields(decoder, &fields)?;
                    check_space(decoder, "name", &domain.name)?;
                    Decoy::Domain(domain)
                }
            };
            Some(Located { value, span: node.span })
        }

        fn compare(&self, other: &Self) -> Ordering {
            let key = |decoy: &Decoy| match decoy {
                Decoy::AccessKey(key) => (0, key.id.text.clone()),
                Decoy::File(file) => (1, file.path.text.clone()),
                Decoy::Environment(variable) => (2, variable.name.text.clone()),
                Decoy::Domain(domain) => (3, domain.name.text.clone()),
            };
            key(&self.value).cmp(&key(&other.value))
        }

        fn span(&self) -> Span {
            self.span
        }
    }
}

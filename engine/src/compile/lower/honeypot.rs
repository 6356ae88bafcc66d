//! Decoys: what each is on each kind of event.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::path::Reach;
use super::{Draft, Lowering};
use crate::bundle::Platform;
use crate::canonical::room::folded;
use crate::compile::cold::EntryKey;
use crate::compile::outcome::Role;
use crate::compile::substring::SubstringTableBuilder;
use crate::control::Control as Name;
use crate::decoys::{self, DecoyKind};
use crate::diagnostic::{Code, quoted};
use crate::event::{Direction, Kind, Protocol};
use crate::explain::{Key, List};
use crate::hash::hash;
use crate::matcher::rows::Condition;
use crate::matcher::text::Tag;
use crate::policy::control::{Decoy, DecoyPlace, Honeypot};
use crate::policy::{Entry, Located, Policy, domain};
use crate::watch::DecoyWatch;

const KINDS: [Kind; 5] = [Kind::File, Kind::Exec, Kind::Network, Kind::Dns, Kind::Credential];

/// Shorter texts are in too many arguments.
const SHORTEST_SECRET: usize = 8;

impl<'p> Lowering<'p> {
    pub(super) fn honeypot(&mut self, index: u32, policy: &'p Policy, own: &'p Honeypot) {
        let identity = hash(0, identity(policy, own).as_bytes());
        let blocks = own.quarantine.block.iter().fold(0, |all, kind| all | 1 << kind.value as u32);
        for kind in KINDS {
            let mut draft = self.draft((index, policy), (Name::Honeypot, true), kind);
            match kind {
                Kind::File => draft.acts_on(|_| true),
                Kind::Network => {
                    draft.condition(Condition::AnyPort);
                    draft.acts_on_connections(Direction::ALL, Protocol::ALL);
                }
                _ => {}
            }
            for (at, decoy) in own.decoys.iter().enumerate() {
                draft.decoy(at, decoy);
            }
            draft.anyone();
            let watch = DecoyWatch {
                kind: kind as u8,
                rule: draft.rule as usize,
                identity,
                actor: own.quarantine.actor,
                duration: own.quarantine.duration,
                blocks,
            };
            self.watches.extend(watch.record());
        }
        for decoy in &own.decoys {
            self.laid_out(index, &decoy.value);
        }
    }

    /// Keeps what an enforcer needs to lay a decoy out.
    fn laid_out(&mut self, policy: u32, decoy: &Decoy) {
        let (kind, name, secret) = match decoy {
            Decoy::AccessKey(key) => (DecoyKind::AccessKey, &key.id, key.secret.as_ref()),
            Decoy::File(file) => (DecoyKind::File, &file.path, None),
            Decoy::Environment(variable) => {
                (DecoyKind::Environment, &variable.name, variable.value.as_ref())
            }
            Decoy::Domain(domain) => (DecoyKind::Domain, &domain.name, None),
        };
        let mut flags = if secret.is_some() { decoys::FLAG_SECRET } else { 0 };
        if let Decoy::AccessKey(key) = decoy {
            flags |= key.place.iter().fold(0, |flags, place| {
                flags
                    | match place.value {
                        DecoyPlace::Environment => decoys::FLAG_ENVIRONMENT,
                        DecoyPlace::File => decoys::FLAG_FILE,
                        DecoyPlace::Layer => decoys::FLAG_LAYER,
                    }
            });
        }
        self.decoys.extend([kind as u8, flags]);
        self.decoys.extend((policy as u16).to_le_bytes());
        for text in [name.text.as_str(), secret.map_or("", |secret| secret.text.as_str())] {
            let place = self.cold.strings.add(text);
            self.decoys.extend(place);
        }
    }
}

/// What counts and what follows, so that another control is another: see `watch.rs`.
fn identity(policy: &Policy, own: &Honeypot) -> String {
    let mut said = format!("{}\0{:?}", policy.name.text, own.quarantine.actor);
    said.push_str(&format!("\0{:?}", own.quarantine.duration));
    // In another order, or twice, they are the same.
    let blocks = |kind: &Kind| own.quarantine.block.iter().any(|blocked| blocked.value == *kind);
    for kind in Kind::ALL.iter().filter(|&kind| blocks(kind)) {
        said.push_str(&format!("\0{kind}"));
    }
    let decoys = own.decoys.iter().map(|decoy| match &decoy.value {
        Decoy::AccessKey(key) => format!("\0key {}", key.id.text),
        Decoy::File(file) => format!("\0file {}", file.path.text),
        Decoy::Environment(variable) => format!("\0variable {}", variable.name.text),
        Decoy::Domain(domain) => format!("\0domain {}", domain.name.text),
    });
    said.extend(decoys.collect::<BTreeSet<_>>());
    said
}

impl Draft<'_, '_> {
    fn decoy(&mut self, at: usize, decoy: &Located<Decoy>) {
        match (&decoy.value, self.kind) {
            (Decoy::File(file), Kind::File | Kind::Exec) => {
                if let Some(globs) = self.globs(List::Decoys, at, &file.path, Reach::Exact) {
                    self.cold(List::Decoys, EntryKey::Globs(&globs), &file.path);
                    self.patterns(List::Decoys, at, &file.path, &globs, Role::Listed);
                }
            }
            (Decoy::Domain(decoy), Kind::Dns | Kind::Network) => {
                match domain::parse(&decoy.name.text) {
                    Ok(key) => {
                        let label = self.label(Role::Listed);
                        self.domain(List::Decoys, &decoy.name, key, label);
                    }
                    Err(error) => {
                        let message = format!("{} {error}", quoted(&decoy.name.text));
                        self.report(Code::DomainSyntax, List::Decoys, at, &decoy.name, message);
                    }
                }
            }
            (Decoy::Environment(variable), Kind::Credential) => {
                let name = variable.name.text.as_bytes();
                let windows = self.policy.platform == Platform::Windows;
                let key = if windows { folded(name) } else { name.to_vec() };
                self.credential(Tag::Variable, key, &variable.name);
            }
            (Decoy::Environment(variable), Kind::Exec) => {
                self.secret(at, &variable.name, variable.value.as_ref());
            }
            (Decoy::AccessKey(key), Kind::Credential) => {
                self.credential(Tag::AccessKey, key.id.text.clone().into_bytes(), &key.id);
            }
            (Decoy::AccessKey(key), Kind::Exec) => {
                self.secret(at, &key.id, key.secret.as_ref());
            }
            _ => {}
        }
    }

    fn credential(&mut self, tag: Tag, key: Vec<u8>, entry: &Entry) {
        let tagged = [&[tag as u8], &key[..]].concat();
        self.cold(List::Decoys, EntryKey::Bytes(Key::Credential, &tagged), entry);
        let label = self.label(Role::Listed);
        self.tables().credentials.push((tag, key, label));
    }

    /// Adds a text that is looked for in arguments; `decoy` is told in its place.
    fn secret(&mut self, at: usize, decoy: &Entry, secret: Option<&Entry>) {
        let Some(secret) = secret else { return };
        let bytes = secret.text.as_bytes();
        if bytes.len() < SHORTEST_SECRET {
            let message = format!(
                "the text of {} to look for in arguments has fewer than {SHORTEST_SECRET} bytes",
                quoted(&decoy.text)
            );
            self.report(Code::SecretLength, List::Decoys, at, secret, message);
            return;
        }
        let label = self.label(Role::Listed);
        let secrets = &mut self.tables().secrets;
        let all: usize = secrets.iter().map(|(text, _)| text.len()).sum();
        if all + bytes.len() > SubstringTableBuilder::MOST_BYTES {
            let message = format!(
                "more than {} bytes of texts to look for in arguments",
                SubstringTableBuilder::MOST_BYTES
            );
            self.report(Code::SecretLength, List::Decoys, at, secret, message);
            return;
        }
        secrets.push((bytes.to_vec(), label));
        // A decoy is named by what is not secret about it.
        self.cold(List::Decoys, EntryKey::Bytes(Key::Secret, bytes), decoy);
    }
}

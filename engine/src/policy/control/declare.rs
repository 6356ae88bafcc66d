//! The two macros that declare, once, what a policy may hold.
//!
//! `record!` declares a mapping: a struct, the table of its fields, and the
//! decoding of both. `controls!` declares every control as a record and joins
//! them to the enum [`Control`](super::Control) and the table
//! [`CONTROLS`](super::CONTROLS).

/// Declares a mapping. A field is `name: Type = shape, default;`, preceded by
/// its key as a string where that is no Rust identifier.
macro_rules! record {
    ($(#[doc = $doc:literal])+ $name:ident {
        $($(#[doc = $fdoc:literal])+ $($key:literal)? $field:ident: $type:ty = $shape:expr, $absent:expr;)*
    }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, Eq, PartialEq)]
        pub struct $name { $($(#[doc = $fdoc])+ pub $field: $type,)* }

        impl $name {
            /// What it is, in a sentence or two.
            pub const DOC: &'static str = $crate::policy::spec::sentence(concat!($($doc),+));

            /// Its fields in the order of the documentation.
            pub const FIELDS: &'static [FieldSpec] = &[$(FieldSpec {
                name: $crate::policy::control::declare::key!($field $($key)?),
                doc: $crate::policy::spec::sentence(concat!($($fdoc),+)),
                shape: $shape,
                default: $absent,
            },)*];
        }
    };
}
pub(crate) use record;

/// The key of a field.
macro_rules! key {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $key:literal) => {
        $key
    };
}
pub(crate) use key;

/// Declares every control, in the order of the documentation.
macro_rules! controls {
    ($($(#[doc = $doc:literal])+ $name:ident $key:literal {
        applies_to: $kinds:ident, platforms: $platforms:ident, acts_on: [$($kind:ident),+],
        actors: $actors:ident, audit_only: $audit_only:literal,
        $($(#[doc = $fdoc:literal])+ $field:ident: $type:ty = $shape:expr, $absent:expr;)*
    })+) => {
        /// One protection inside a policy.
        #[derive(Clone, Debug, Eq, PartialEq)]
        #[non_exhaustive]
        pub enum Control { $($(#[doc = $doc])+ $name($name),)+ }

        impl Control {
            /// Its row in [`CONTROLS`].
            pub fn spec(&self) -> &'static ControlSpec {
                match self { $(Control::$name(_) => &$name::SPEC,)+ }
            }

            /// To whom it applies.
            pub fn actors(&self) -> &Actors {
                match self { $(Control::$name(control) => &control.actors,)+ }
            }
        }

        /// Every control, in the order of the documentation.
        pub const CONTROLS: &[ControlSpec] = &[$($name::SPEC),+];

        $(
            $(#[doc = $doc])+
            #[derive(Clone, Debug, Eq, PartialEq)]
            pub struct $name {
                $($(#[doc = $fdoc])+ pub $field: $type,)*
                /// To whom it applies.
                pub actors: Actors,
            }

            impl $name {
                /// Its row in [`CONTROLS`].
                pub const SPEC: ControlSpec = ControlSpec {
                    name: $key,
                    doc: $crate::policy::spec::sentence(concat!($($doc),+)),
                    applies_to: $kinds,
                    platforms: $platforms,
                    acts_on: &[$(Kind::$kind),+],
                    audit_only: $audit_only,
                    own_fields: &[$(FieldSpec {
                        name: stringify!($field),
                        doc: $crate::policy::spec::sentence(concat!($($fdoc),+)),
                        shape: $shape,
                        default: $absent,
                    },)*],
                    actor_fields: $actors,
                };
            }
        )+
    };
}
pub(crate) use controls;

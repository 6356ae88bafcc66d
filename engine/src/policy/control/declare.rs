//! The two macros that declare, once, what a policy may hold.
//!
//! `record!` declares a mapping: a struct, the table of its fields, and its
//! decoding. `controls!` declares every control the same way and joins them to
//! the enum [`Control`](super::Control) and the table
//! [`CONTROLS`](super::CONTROLS).

/// Declares a mapping. A field is `name: Type = shape, absent;`, preceded by
/// its key as a string where that is no Rust identifier.
macro_rules! record {
    ($(#[doc = $doc:literal])+ $vis:vis struct $name:ident {
        $($(#[doc = $fdoc:literal])+ $($key:literal)? $field:ident: $type:ty = $shape:expr, $absent:expr;)*
    }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, Eq, PartialEq)]
        $vis struct $name { $($(#[doc = $fdoc])+ pub $field: $type,)* }

        impl $name {
            /// What it is.
            $vis const DOC: &'static str = $crate::policy::spec::sentence(concat!($($doc),+));

            /// Its fields in the order of the documentation.
            $vis const FIELDS: &'static [FieldSpec] = &[
                $($crate::policy::control::declare::field!($field [$($key)?] [$($fdoc),+] $shape, $absent),)*
            ];

            #[cfg(feature = "text")]
            pub(crate) fn from_fields(
                decoder: &mut $crate::policy::decode::Decoder<'_>,
                fields: &$crate::policy::decode::Fields<'_>,
            ) -> Option<Self> {
                // All of them before the first `?`: every field has its say.
                $(let $field: Option<$type> = decoder.field(fields, const {
                    &$crate::policy::control::declare::field!($field [$($key)?] [$($fdoc),+] $shape, $absent)
                });)*
                Some($name { $($field: $field?,)* })
            }
        }

        #[cfg(feature = "text")]
        impl $crate::policy::decode::Decode for $name {
            fn decode(
                decoder: &mut $crate::policy::decode::Decoder<'_>,
                node: &$crate::policy::tree::Node,
                _: Shape,
            ) -> Option<Self> {
                let fields = decoder.mapping(node, Self::FIELDS, &[])?;
                Self::from_fields(decoder, &fields)
            }
        }
    };
}
pub(crate) use record;

/// The row of a field.
macro_rules! field {
    ($field:ident [$($key:literal)?] [$($doc:literal),+] $shape:expr, $absent:expr) => {
        FieldSpec {
            name: $crate::policy::control::declare::key!($field $($key)?),
            doc: $crate::policy::spec::sentence(concat!($($doc),+)),
            shape: $shape,
            absent: $absent,
        }
    };
}
pub(crate) use field;

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
        sources: [$($source:literal),+],
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

            /// The control of a row of [`CONTROLS`].
            #[cfg(feature = "text")]
            pub(crate) fn from_fields(
                decoder: &mut $crate::policy::decode::Decoder<'_>,
                fields: &$crate::policy::decode::Fields<'_>,
                spec: &ControlSpec,
            ) -> Option<Control> {
                match spec.name {
                    $($key => $name::from_fields(decoder, fields).map(Control::$name),)+
                    _ => None,
                }
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
                    sources: &[$($source),+],
                    own_fields: &[
                        $($crate::policy::control::declare::field!($field [] [$($fdoc),+] $shape, $absent),)*
                    ],
                    actor_fields: $actors,
                };

                #[cfg(feature = "text")]
                fn from_fields(
                    decoder: &mut $crate::policy::decode::Decoder<'_>,
                    fields: &$crate::policy::decode::Fields<'_>,
                ) -> Option<Self> {
                    $(let $field: Option<$type> = decoder.field(fields, const {
                        &$crate::policy::control::declare::field!($field [] [$($fdoc),+] $shape, $absent)
                    });)*
                    // A field of the control's own may have the name of one of these.
                    let actors = Actors::from_fields(decoder, &fields.only($actors));
                    Some($name { $($field: $field?,)* actors: actors? })
                }
            }
        )+
    };
}
pub(crate) use controls;

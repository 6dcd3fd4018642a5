//! The form of a row of keys.

/// Makes a struct, its defaults and the visit of its keys out of rows.
macro_rules! keys {
    (
        $(#[$attribute:meta])*
        pub struct $name:ident {
            $(
                $(#[doc = $doc:literal])+
                $(#[serde $serde:tt])?
                $key:ident: $type:ty = $default:expr, $kind:expr;
            )+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq, Serialize)]
        pub struct $name {
            $(
                $(#[doc = $doc])+
                $(#[serde $serde])?
                pub $key: $type,
            )+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($key: $default),+ }
            }
        }

        impl Keys for $name {
            fn visit(&mut self, section: &mut Section<'_>) {
                $(section.key(stringify!($key).trim_start_matches("r#"), &$kind, concat!($($doc),+), &mut self.$key);)+
            }
        }
    };
}

pub(super) use keys;

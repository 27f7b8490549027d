//! Enums whose values are words of files, commands and the database.

/// Declares such enums, each value with its word.
macro_rules! words {
    ($($(#[$meta:meta])+ $name:ident { $($(#[$about:meta])+ $variant:ident = $word:literal,)+ })+) => {$(
        $(#[$meta])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$about])+ $variant),+
        }

        impl $name {
            /// Every word that [`Self::parse`] reads.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word that stands for it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            /// Reads [`Self::as_str`].
            pub fn parse(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    )+};
}
pub(crate) use words;

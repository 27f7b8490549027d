//! The identifiers, one type for each kind of thing, so that none is mistaken for another.

use std::fmt;

macro_rules! id {
    ($(#[$doc:meta] $name:ident),+ $(,)?) => {$(
        #[$doc]
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// Takes the identifier as the platform or the organisation file gives it.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The identifier's text, unchanged.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

id! {
    /// A person's stable id, never given to anybody else; also the platform's immutable id of a sender.
    PersonId,
    /// A department's id.
    DepartmentId,
    /// An approval's id, such as `A-1001`.
    ApprovalId,
    /// A group chat's id, as its platform has it.
    GroupId,
    /// A message's own id, given by its platform; the same when the message is delivered again.
    MessageId,
}

/// An operation's four-character code, such as `K7Q2`, always in capitals.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(String);

impl Code {
    /// The characters of a code: none that is read as another.
    pub const ALPHABET: &'static [u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
    /// How many characters a code has.
    pub const LENGTH: usize = 4;

    /// Makes a code of random bits; equal bits give equal codes.
    pub fn from_bits(mut bits: u64) -> Self {
        let base = Self::ALPHABET.len() as u64;
        let text = (0..Self::LENGTH)
            .map(|_| {
                let digit = (bits % base) as usize;
                bits /= base;
                char::from(Self::ALPHABET[digit])
            })
            .collect();
        Self(text)
    }

    /// Reads what a person typed, in any case; `None` when no code can look like that.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.to_ascii_uppercase();
        let known = text.bytes().all(|byte| Self::ALPHABET.contains(&byte));
        (text.len() == Self::LENGTH && known).then_some(Self(text))
    }

    /// The four characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn a_code_is_read_in_any_case_and_written_in_capitals() {
        assert_eq!(Code::parse("k7q2").unwrap().as_str(), "K7Q2");
        assert_eq!(Code::parse("K7Q"), None);
        assert_eq!(Code::parse("K7QI"), None, "I is not in the alphabet");
    }

    #[test]
    fn a_code_made_is_a_code_read() {
        for bits in [0, 1, 30, 31, u64::MAX] {
            let code = Code::from_bits(bits);
            assert_eq!(Code::parse(code.as_str()), Some(code));
        }
    }
}

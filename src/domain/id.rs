//! The identifiers, one type for each kind of thing, so that none is mistaken for another.

use std::fmt;

use smol_str::SmolStr;

macro_rules! id {
    ($(#[$doc:meta] $name:ident),+ $(,)?) => {$(
        #[$doc]
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(SmolStr);

        impl $name {
            /// Takes the identifier as the platform or the organisation file gives it.
            pub fn new(text: impl Into<SmolStr>) -> Self {
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
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code([u8; Self::LENGTH]);

impl Code {
    /// The characters of a code: none that is read as another.
    pub const ALPHABET: &'static [u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
    /// How many characters a code has.
    pub const LENGTH: usize = 4;
    /// How many codes there are.
    pub const COUNT: usize = Self::ALPHABET.len().pow(Self::LENGTH as u32);

    /// Makes a code of random bits; equal bits give equal codes.
    pub fn from_bits(mut bits: u64) -> Self {
        let base = Self::ALPHABET.len() as u64;
        Self(std::array::from_fn(|_| {
            let digit = (bits % base) as usize;
            bits /= base;
            Self::ALPHABET[digit]
        }))
    }

    /// Reads what a person typed, in any case; `None` when no code can look like that.
    pub fn parse(text: &str) -> Option<Self> {
        let mut characters: [u8; Self::LENGTH] = text.as_bytes().try_into().ok()?;
        characters.make_ascii_uppercase();
        let known = characters.iter().all(|byte| Self::ALPHABET.contains(byte));
        known.then_some(Self(characters))
    }

    /// The four characters.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).expect("the alphabet is ASCII")
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Code").field(&self.as_str()).finish()
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

//! The envelope of what is posted about the organisation: AES-256 in CBC mode, signed together with its token.
//!
//! Sources: develop-stream-mode-push-server (`DingCallbackCrypto`), configure-stream-push, http-callback-overview. What is
//! inside is 16 random bytes, the length of the text, the text, and whom it is for; the key's first half is the start of
//! the chain, and the padding goes up to 32 bytes. The signature is looked at first: nothing else is ever opened.

use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A key has 43 characters, and so two bits more than 32 bytes, which are chance.
const KEY: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);
/// How many random bytes stand before the text's length, which takes another four.
const RANDOM: usize = 16;
const HEAD: usize = RANDOM + 4;
/// To a multiple of this the text is padded, each byte telling how many there are.
const PADDED: usize = 32;

/// Why an envelope is not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Sealed {
    /// It was signed with another token, or changed on its way.
    #[error("it is not signed with this token")]
    NotSigned,
    /// It was sealed with another key, or is none.
    #[error("it is signed, but its content can't be read: the aes_key is another one")]
    OtherKey,
}

/// What was in an envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Whom it is for: the application, or the organisation.
    pub owner: String,
    /// The text.
    pub text: String,
}

/// What opens and seals envelopes.
pub struct Envelope {
    key: Zeroizing<[u8; 32]>,
    token: Zeroizing<String>,
}

impl Envelope {
    /// Opens and seals with the console's `aes_key` and `token`; `None` when the key is none: it has 43 letters and digits.
    pub fn new(aes_key: &str, token: Zeroizing<String>) -> Option<Self> {
        let bytes = Zeroizing::new(KEY.decode(format!("{aes_key}=")).ok()?);
        let key = <[u8; 32]>::try_from(bytes.as_slice()).ok()?;
        Some(Self { key: Zeroizing::new(key), token })
    }

    /// The signature of what is sealed.
    pub fn signature(&self, time: &str, nonce: &str, sealed: &str) -> String {
        let mut parts = [self.token.as_str(), time, nonce, sealed];
        parts.sort_unstable();
        Sha1::digest(parts.concat()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Opens what is sealed, when it is signed.
    ///
    /// # Errors
    /// Why it stays closed.
    pub fn open(&self, signature: &str, time: &str, nonce: &str, sealed: &str) -> Result<Opened, Sealed> {
        let expected = self.signature(time, nonce, sealed);
        if !bool::from(expected.as_bytes().ct_eq(signature.as_bytes())) {
            return Err(Sealed::NotSigned);
        }
        self.read(sealed).ok_or(Sealed::OtherKey)
    }

    fn read(&self, sealed: &str) -> Option<Opened> {
        let sealed = STANDARD.decode(sealed).ok()?;
        let chain = cbc::Decryptor::<aes::Aes256>::new_from_slices(self.key.as_slice(), self.start()).ok()?;
        let plain = chain.decrypt_padded_vec::<NoPadding>(&sealed).ok()?;
        content(&plain)
    }

    /// Seals a text for an owner, as an answer has it.
    pub fn seal(&self, text: &str, owner: &str, time: &str, nonce: &str, random: [u8; RANDOM]) -> Value {
        let length = u32::try_from(text.len()).expect("no text of four gigabytes is sealed");
        let mut plain = [&random[..], &length.to_be_bytes(), text.as_bytes(), owner.as_bytes()].concat();
        let padding = PADDED - plain.len() % PADDED;
        plain.resize(plain.len() + padding, u8::try_from(padding).expect("it is 32 at most"));
        let chain = cbc::Encryptor::<aes::Aes256>::new_from_slices(self.key.as_slice(), self.start());
        let chain = chain.expect("the key has 32 bytes, and its half 16");
        let sealed = STANDARD.encode(chain.encrypt_padded_vec::<NoPadding>(&plain));
        let signature = self.signature(time, nonce, &sealed);
        json!({"msg_signature": signature, "timeStamp": time, "nonce": nonce, "encrypt": sealed})
    }

    /// What the chain starts with.
    fn start(&self) -> &[u8] {
        &self.key[..16]
    }
}

/// What stands in an envelope behind its random bytes, without the padding.
fn content(plain: &[u8]) -> Option<Opened> {
    let padding = usize::from(*plain.last()?);
    if !(1..=PADDED).contains(&padding) {
        return None;
    }
    let plain = plain.get(..plain.len().checked_sub(padding)?)?;
    let length = plain.get(RANDOM..HEAD)?.try_into().ok().map(u32::from_be_bytes)?;
    let (text, owner) = plain.get(HEAD..)?.split_at_checked(usize::try_from(length).ok()?)?;
    let read = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
    Some(Opened { owner: read(owner)?, text: read(text)? })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use zeroize::Zeroizing;

    use super::{Envelope, HEAD, Opened, Sealed, content};

    const KEY: &str = "1234567890123456789012345678901234567890123";

    fn envelope(key: &str, token: &str) -> Envelope {
        Envelope::new(key, Zeroizing::new(token.to_owned())).unwrap()
    }

    #[test]
    fn the_platforms_own_example_is_opened_and_sealed_again() {
        // From configure-stream-push; the random bytes are what stands in it.
        let (time, nonce) = ("1614767836", "A7Co0cJLMzIDtMMI");
        let sealed =
            "YvkvaGe4hQxd3VxRmEty0dVlnCOAqwf56xwTRHDHoOURqhalbmBJQk5FNcRk42Gl5T0YQXZNwpwWSm1xAFJ5ZA==";
        let signature = "9a95a004dd16f5c307e849b994173f76aa26e5eb";
        let expected = Opened { owner: "dingsnotzck6pm5veliw".to_owned(), text: "success".to_owned() };
        let envelope = envelope(KEY, "123456");
        assert_eq!(envelope.open(signature, time, nonce, sealed), Ok(expected));
        let again = envelope.seal("success", "dingsnotzck6pm5veliw", time, nonce, *b"dICkEDLj0eb6yAbc");
        let example =
            json!({"msg_signature": signature, "timeStamp": time, "nonce": nonce, "encrypt": sealed});
        assert_eq!(again, example);
    }

    #[test]
    fn whatever_stands_in_an_envelope_is_read_or_not() {
        let plain = |length: u32, rest: &[u8], padding: u8| {
            content(&[&[0; 16][..], &length.to_be_bytes(), rest, &[padding]].concat())
        };
        let opened = |text: &str, owner: &str| Some(Opened { owner: owner.into(), text: text.into() });
        assert_eq!(plain(2, b"hiowner", 1), opened("hi", "owner"));
        assert_eq!(plain(0, b"", 1), opened("", ""));
        for (length, rest, padding) in [
            (3, &b"hi"[..], 1),
            (u32::MAX, b"hi", 1),
            (2, b"hi", 0),
            (2, b"hi", 33),
            (2, b"hi", 4),
            (2, b"\xff\xff", 1),
        ] {
            assert_eq!(plain(length, rest, padding), None, "{length} {rest:?} {padding}");
        }
        for length in 0..=HEAD {
            assert_eq!(content(&vec![1; length]), None);
        }
    }

    #[test]
    fn what_was_sealed_is_opened_whatever_its_length() {
        let envelope = envelope(KEY, "t");
        for length in 0..70 {
            let text = "x".repeat(length);
            let answer = envelope.seal(&text, "owner", "7", "n", [b'r'; 16]);
            let field = |name: &str| answer[name].as_str().unwrap().to_owned();
            let opened = envelope.open(&field("msg_signature"), "7", "n", &field("encrypt"));
            assert_eq!(opened, Ok(Opened { owner: "owner".to_owned(), text }));
        }
    }

    #[test]
    fn what_was_changed_or_sealed_otherwise_stays_closed() {
        let ours = envelope(KEY, "t");
        let answer = ours.seal("text", "owner", "7", "n", [b'r'; 16]);
        let (signature, sealed) =
            (answer["msg_signature"].as_str().unwrap(), answer["encrypt"].as_str().unwrap());
        assert!(ours.open(signature, "7", "n", sealed).is_ok());
        let changed = format!("A{}", &sealed[1..]);
        for (time, nonce, sealed) in [("8", "n", sealed), ("7", "m", sealed), ("7", "n", changed.as_str())] {
            assert_eq!(ours.open(signature, time, nonce, sealed), Err(Sealed::NotSigned));
        }
        assert_eq!(ours.open("", "7", "n", sealed), Err(Sealed::NotSigned));
        assert_eq!(envelope(KEY, "u").open(signature, "7", "n", sealed), Err(Sealed::NotSigned));
        let other = envelope(&KEY.replace('1', "2"), "t");
        assert_eq!(other.open(signature, "7", "n", sealed), Err(Sealed::OtherKey));
        // Signed, and nonsense.
        for nonsense in ["", "no base64!", "AAAA", "AAAAAAAAAAAAAAAAAAAAAA=="] {
            let signature = ours.signature("7", "n", nonsense);
            assert_eq!(ours.open(&signature, "7", "n", nonsense), Err(Sealed::OtherKey), "{nonsense}");
        }
    }

    #[test]
    fn a_key_has_43_characters() {
        for key in ["", "short", &KEY[1..], &format!("{KEY}1"), &KEY.replace('1', "?")] {
            assert!(Envelope::new(key, Zeroizing::default()).is_none(), "{key}");
        }
    }
}

//! The signature of requests in both directions: HMAC-SHA256 over the time and the secret, with the secret as the key.
//!
//! Sources: receive-message (requests of the robot's HTTP mode), customize-robot-security-settings (custom robots).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The signature for a time in milliseconds since the epoch, in Base64.
pub fn signature(millis: i64, secret: &str) -> String {
    STANDARD.encode(mac(millis, secret).finalize().into_bytes())
}

/// Whether this is the signature, compared in constant time.
pub fn is_signed(millis: i64, secret: &str, signature: &str) -> bool {
    STANDARD.decode(signature).is_ok_and(|bytes| mac(millis, secret).verify_slice(&bytes).is_ok())
}

fn mac(millis: i64, secret: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::new_from_slice(secret.as_bytes()).expect("a key of any length is taken");
    mac.update(format!("{millis}\n{secret}").as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::{is_signed, signature};

    #[test]
    fn known_signatures_come_out() {
        for (millis, secret, expected) in [
            (1_577_262_236_757, "this is a secret", "DJrE6qdyVGCQz9z5r2MDuNcNAhwYnuAkyj13cx169CA="),
            (1_700_000_000_000, "SECtest0123456789", "yBKp5IlG6qCzcQWmgyRK/ziJBdVNJmHfFE2ST/CzT/g="),
        ] {
            assert_eq!(signature(millis, secret), expected);
            assert!(is_signed(millis, secret, expected));
            assert!(!is_signed(millis + 1, secret, expected));
            assert!(!is_signed(millis, "another", expected));
        }
        assert!(!is_signed(0, "x", "no base64!"));
    }
}

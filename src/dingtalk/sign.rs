//! The signatures of requests in both directions, each HMAC-SHA256 over the time: with the secret once more behind it, or
//! alone for presses of a card's buttons.
//!
//! Sources: receive-message (requests of the robot's HTTP mode), customize-robot-security-settings (custom robots),
//! event-callback-card (presses).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// The signature for a time in milliseconds since the epoch, in Base64.
pub fn signature(millis: i64, secret: &str) -> String {
    STANDARD.encode(mac(&with_secret(millis, secret), secret).finalize().into_bytes())
}

/// Whether this is the signature, compared in constant time.
pub fn is_signed(millis: i64, secret: &str, signature: &str) -> bool {
    is_mac(&with_secret(millis, secret), secret, signature)
}

/// The secret with which the platform is to sign presses. It is told to the platform, and so is not the application's own.
pub fn card_secret(client_secret: &str) -> Zeroizing<String> {
    let bytes = mac("presses of a card's buttons", client_secret).finalize().into_bytes();
    Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes))
}

/// The signature of a press at this time, in Base64.
pub fn card_signature(time: &str, card_secret: &str) -> String {
    STANDARD.encode(mac(time, card_secret).finalize().into_bytes())
}

/// Whether this is the signature of a press, compared in constant time.
pub fn is_card_signed(time: &str, card_secret: &str, signature: &str) -> bool {
    is_mac(time, card_secret, signature)
}

fn with_secret(millis: i64, secret: &str) -> Zeroizing<String> {
    Zeroizing::new(format!("{millis}\n{secret}"))
}

fn is_mac(text: &str, secret: &str, signature: &str) -> bool {
    STANDARD.decode(signature).is_ok_and(|bytes| mac(text, secret).verify_slice(&bytes).is_ok())
}

fn mac(text: &str, secret: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::new_from_slice(secret.as_bytes()).expect("a key of any length is taken");
    mac.update(text.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::{card_secret, card_signature, is_card_signed, is_signed, signature};

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
    #[test]
    fn a_press_is_signed_by_its_time_alone_and_with_a_secret_of_its_own() {
        // As the sample of event-callback-card computes it.
        let expected = "t3jqwt0WBVsvNpgD+ncljxce56XsNOeEYafngX/BHjc=";
        assert_eq!(card_signature("1700000000000", "mySecret"), expected);
        assert!(is_card_signed("1700000000000", "mySecret", expected));
        assert!(!is_card_signed("1700000000001", "mySecret", expected));
        assert!(!is_card_signed("1700000000000", "another", expected));
        assert!(!card_secret("sim-secret").contains("sim-secret"));
        assert_ne!(*card_secret("one"), *card_secret("another"));
    }
}

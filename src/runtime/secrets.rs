//! Passwords (Argon2id) and one-time codes (TOTP, RFC 6238): made, and compared.

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Argon2, Params};
use totp_rs::{Builder, Secret, Totp};

use super::chance::Chance;
use crate::domain::names::is_unseen;
use crate::domain::{Heard, SLOT, Timestamp};
use crate::engine::Verdict;
use crate::store::Credentials;

/// Codes change every so many seconds.
const STEP_SECS: u64 = 30;

/// How much work a password's hash takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// Next to none: for transcripts, whose passwords are written beside them.
    Token,
    /// As much as the library's authors advise.
    Full,
}

/// Hashes a password with random salt; gives the PHC form.
pub fn hash(password: &str, cost: Cost, chance: &mut Chance) -> String {
    let params = match cost {
        Cost::Token => Params::new(8, 1, 1, None).expect("the least that the library takes"),
        Cost::Full => Params::default(),
    };
    let mut salt = [0; 16];
    chance.fill(&mut salt);
    let argon = Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let hash = argon.hash_password_with_salt(password.as_bytes(), &salt).expect("a 16-byte salt is valid");
    hash.to_string()
}

/// Whether a password's hash costs next to nothing, as those of the demo do.
pub fn is_token(hash: &str) -> bool {
    hash.contains("$m=8,t=1,p=1$")
}

/// What a text is worth as somebody's secret at this time of the machine's clock. It is compared exactly as it is.
pub fn judge(text: &str, credentials: &Credentials, now: Timestamp) -> Verdict {
    let password = credentials
        .password_hash
        .as_deref()
        .is_some_and(|hash| Argon2::default().verify_password(text.as_bytes(), hash).is_ok());
    let step =
        credentials.totp_secret.as_deref().and_then(|secret| totp(secret, "usher").check(text, secs(now)));
    Verdict { password, step }
}

/// What somebody's words are worth as their secret. They are compared exactly as they were received; in a group, where no
/// secret should be at all, also without a mention and what can't be seen around them: whoever reads them there reads it.
pub fn judge_said(heard: &Heard, credentials: &Credentials, now: Timestamp) -> Verdict {
    let text = heard.body.text();
    let exact = judge(text, credentials, now);
    let bare = text.trim_matches(|c: char| c == SLOT || is_unseen(c));
    match exact == Verdict::default() && heard.conversation.is_group() && bare != text {
        true => judge(bare, credentials, now),
        false => exact,
    }
}

/// The code of this time, for a transcript that plays the person's device.
pub fn code(secret: &[u8], now: Timestamp) -> String {
    totp(secret, "usher").generate(secs(now)).to_string()
}

/// A new random secret and the address with which a device takes it in.
pub fn enrol(account: &str, chance: &mut Chance) -> (Vec<u8>, String) {
    let mut secret = vec![0; 20];
    chance.fill(&mut secret);
    let url = totp(&secret, account).to_url().expect("an id has no colon that the account name keeps");
    (secret, url)
}

/// The secret as it is typed into a device.
pub fn key(secret: &[u8]) -> String {
    Secret::from(secret.to_vec()).to_base32()
}

fn totp(secret: &[u8], account: &str) -> Totp {
    Builder::new()
        .with_secret(Secret::from(secret.to_vec()))
        .with_skew(1)
        .with_step_duration(STEP_SECS)
        .with_account_name(account.replace(':', "_"))
        .with_issuer(Some("Usher"))
        .build_noncompliant()
}

fn secs(now: Timestamp) -> u64 {
    u64::try_from(now.as_millis() / 1_000).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Cost, Credentials, code, enrol, hash, is_token, judge};
    use crate::domain::Timestamp;
    use crate::runtime::chance::Chance;

    #[test]
    fn a_device_that_takes_in_the_address_gives_the_codes_of_the_secret() {
        let mut chance = Chance::seeded(1);
        let now = Timestamp::from_millis(1_795_000_000_000);
        let (secret, url) = enrol("carol:wu", &mut chance);
        let device = totp_rs::Totp::from_url(&url).expect("a device can take it in");
        assert_eq!(device.generate(1_795_000_000).to_string(), code(&secret, now), "{url}");
        assert!(url.contains("Usher") && url.contains("carol_wu"), "{url}");
        let known = Credentials { password_hash: None, totp_secret: Some(secret.clone()) };
        assert!(judge(&code(&secret, now), &known, now).step.is_some());
        let (other, _) = enrol("carol:wu", &mut chance);
        assert_eq!((secret.len(), other.len()), (20, 20));
        assert_ne!(secret, other, "each is drawn anew");
    }

    #[test]
    fn only_a_hash_that_costs_next_to_nothing_is_known_as_such() {
        let mut chance = Chance::seeded(1);
        assert!(is_token(&hash("a password", Cost::Token, &mut chance)));
        assert!(!is_token(&hash("a password", Cost::Full, &mut chance)));
    }
}

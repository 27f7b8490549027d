//! What must hold for settings, whatever bytes they are made of.

use usher::config::Config;

/// Reads the bytes as a settings file and as variables: what is refused sets nothing and says why in one line, what is
/// taken sets the same again, and whatever is set leaves the rules something to go by.
pub(crate) fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut config = Config::default();
    match config.read(&text) {
        Err(why) => {
            assert_eq!(config, Config::default(), "what is refused sets something");
            assert!(!why.to_string().is_empty() && !why.to_string().contains('\n'), "{why}");
        }
        Ok(()) => {
            let set = config.clone();
            config.read(&text).unwrap();
            assert_eq!(config, set);
        }
    }
    let variables = text.lines().filter_map(|line| line.split_once('='));
    let variables: Vec<_> =
        variables.map(|(name, value)| (format!("USHER_{name}"), value.to_owned())).collect();
    let mut config = Config::default();
    if let Err(why) = config.read_environment(variables.into_iter()) {
        assert!(!why.to_string().is_empty(), "{why}");
    }
}

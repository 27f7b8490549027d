//! The fuzz targets' bodies over random and remembered inputs, for runs without a fuzzer.

#[path = "fuzz/parser.rs"]
mod parser;

use parser::parse_bytes;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

proptest! {
    // The same inputs each time: the fuzzer is for new ones.
    #![proptest_config(ProptestConfig {
        cases: 4_000, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default()
    })]

    #[test]
    fn no_bytes_panic_the_parser(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        parse_bytes(&bytes);
    }

    #[test]
    fn a_command_that_is_written_down_is_read_back(rest in "( |　|@|＠|=|＝|--|—|\"|'|“|”|‘|’|「|」|\\PC|\u{0}|[a-z,，、.]){0,24}") {
        for verb in ["/delete", "／删除", "/find", "/lang"] {
            parse_bytes(format!("{verb} {rest}").as_bytes());
        }
    }
}

//! What must hold for the parser, whatever bytes it is given; shared by the fuzzer and the tests.

use usher::command::COMMANDS;
use usher::command::args::Args;
use usher::command::line::{Parsed, parse, parse_text};
use usher::domain::{Body, Conversation, Heard, Mention, MessageId, Origin, PersonId, Piece, Timestamp};

/// Parses the bytes as a message, a mention at each zero byte: nothing panics, and a command that is written
/// down is read back as the same command.
pub(crate) fn parse_bytes(bytes: &[u8]) {
    let mut pieces = Vec::new();
    for (index, part) in bytes.split(|byte| *byte == 0).enumerate() {
        if index > 0 {
            let (id, is_usher) = (PersonId::new(format!("id{index}")), index == 1);
            pieces.push(Piece::Mention(Mention { id, label: None, is_usher }));
        }
        pieces.push(Piece::Text(String::from_utf8_lossy(part).into_owned()));
    }
    let sender = PersonId::new("alice");
    let heard = Heard {
        id: MessageId::new("m1"),
        conversation: Conversation::Direct(sender.clone()),
        sender,
        body: Body::new(pieces),
        sent_at: Timestamp::from_millis(0),
        origin: Origin::FirstHand,
    };
    let Parsed::Command(line) = parse(&heard) else { return };
    for spec in COMMANDS {
        if let Ok(args) = Args::check(spec, &line) {
            args.pinned(&[]);
        }
    }
    let written = line.to_text();
    // A verb may hold what ends a verb only in other places, so only what can be a verb is compared.
    if usher::command::lookup(&line.verb).is_some() {
        let read = parse_text(&written).map(|line| line.to_text());
        assert_eq!(read.as_deref(), Some(written.as_str()), "{line:?}");
    }
}

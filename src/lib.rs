//! Usher is a chat bot for the people who administer an organisation. They type commands in groups and
//! direct messages; it checks authority, shows what will happen, asks, verifies the person, does it, tells
//! everybody concerned, and remembers all of it in SQLite. This page is the map of the code.
//!
//! # From a message to its delivery
//!
//! ```text
//!  adapter        runtime::bot: everything that waits, in one transaction                         adapter
//!  ───────   ┌──────────────────────────────────────────────────────────────────────────┐   ───────
//!   Heard ──▶│ first time? → parse → read → DECIDE → apply → record → say → post │COMMIT│──▶ Delivery
//!            │ store inbox   command  View   engine   store    store  wording  store      │
//!            └──────────────────────────────────────────────────────────────────────────┘
//!                 ▲ Event::{Heard, Answered, Called, Checked, Seen, Delivered, PutOff, …}, and time passing
//! ```
//!
//! 1. An [`adapter`] hands over a [`domain::Heard`]: the platform's ids of message and sender, the text, and the
//!    structured mentions apart from it.
//! 2. [`runtime::serve`] takes everything that waits, and [`runtime::bot`] handles it in one transaction. Should
//!    the store fail at one of the messages, all of it is undone and done again with a savepoint for each, so
//!    that the one that fails undoes only itself, and is answered with an apology.
//! 3. [`command::line`] reads the text, [`command::args`] checks it against the verb's description, and
//!    [`engine::hear`] decides. It reads through [`domain::View`] and gives a [`engine::Decision`]: changes,
//!    audit records, messages. It changes nothing itself.
//! 4. The [`store`] applies the changes and appends the records to the hash chain; [`wording`] puts the
//!    messages into the conversation's language; they are written to the outbox.
//! 5. After the commit, and only then, [`runtime::dispatcher`] hands them to the adapter: in order within a
//!    conversation, again after growing waits, given up after `outbox.give_up`.
//!
//! A text that may be a password goes round twice: [`engine::Question::Secret`] puts it aside, the secret is compared
//! outside ([`runtime::secrets`]), and the message comes back with a verdict. The text itself is never
//! stored, recorded or logged.
//!
//! # The rooms
//!
//! | room | what it is for | may import |
//! |---|---|---|
//! | [`domain`] | the nouns, and the two views through which rules read the world | nothing of ours |
//! | [`command`] | the verbs: one table, a file each; parsing; whom a name means; authority | `domain` |
//! | [`engine`] | the dialogue: request, confirmation, secret, execution, expiry | `domain`, `command` |
//! | [`wording`] | every sentence in Chinese and English, and how markup is shown | `domain` |
//! | [`exchange`] | the organisation file, in and out | `domain` |
//! | [`config`] | the settings, one table | `domain` |
//! | [`store`] | SQLite, and nothing but SQLite | `domain` |
//! | [`dingtalk`] | calls to DingTalk's API, and what its answers mean | `domain` |
//! | [`adapter`] | the chats; they know no rule and no database | `domain`, `command` (its table), `wording`, `dingtalk` |
//! | [`backend`] | remote organisations: read, called, read back | `domain`, `dingtalk` |
//! | [`runtime`] | the loop; the clock and the chance that the others are given | all of the above |
//! | [`cli`] | the program's commands, each wiring rooms together | all |
//!
//! `domain`, `command`, `engine`, `wording`, `exchange` and `config` are pure: no clock, no disk, no network, no
//! randomness, no SQLite, no tasks. `tests/architecture.rs` holds both rules.
//!
//! # The two seams
//!
//! **Chat adapters.** [`adapter::Sink`] takes deliveries; whoever listens sends
//! [`runtime::bot::Event::Heard`]. There are the terminal, [`adapter::dingtalk`], and the transcripts that drive the same
//! bot with a clock that is a number ([`runtime::replay`]), on paper or over an adapter ([`runtime::chat`]). Adding a
//! platform touches no rule.
//!
//! **Organisation backends.** An operation is a [`command::plan::Plan`], all of it data: what is asked, the steps
//! that change the organisation (each a [`domain::Change`], the irreversible one last), and what is said once
//! the last step is done. [`domain::Backing`] says who does each step. The embedded organisation's are rows changed in
//! the same transaction, so the closing messages follow at once. A remote one's are persisted ([`domain::Step`] has the
//! table): looked up before anybody is asked, called once that is durable, read back, and called again only after
//! that; or explained to a person, and waited for. Rules, wording and notices do not care which. Rules always read the
//! local copy, and [`domain::Sighting`] is the only way in which a backend changes it. [`backend::dingtalk`] is the
//! one there is.
//!
//! # What always holds
//!
//! - **Nothing is sent before it is durable.** Marks, state, changes, records and messages commit together.
//! - **What was shown is what happens.** At the confirmation, and again after the secret, the request is read and
//!   planned anew; a plan whose digest differs from the one shown ends the operation.
//! - **Authority rests on ids.** Names, labels and flags in a message decide nothing.
//! - **State is an enum with a table** ([`domain::State`]); the store refuses a step that the table does not have.
//! - **Memory is what the tables hold.** The store keeps what it has read until its row changes; a debug build
//!   compares each answer from memory with the table.
//! - **A conversation keeps its order.** Behind a message about which something is still found out, what is said in the same
//!   conversation waits, and so does what the same person says anywhere, with what comes behind that in its conversation;
//!   nothing else does.
//! - **Deadlines are rows.** What fell due is settled before anything that comes in is looked at. Time passes as an
//!   uninterrupted clock counts, whatever the machine's is set to ([`runtime::clock`]).
//! - **The audit log holds ids and words**, never a name, a phone or a text of a person.
//!
//! # Adding a command
//!
//! One file in `src/command/` with its `Spec` and its `plan` or `run`, one line in [`command::COMMANDS`], its
//! sentences in both message files, and a transcript. Help, suggestions, completion, confirmation, secret,
//! restart and audit come with it. An operation stands in `auth.require`'s list in `config`, too; `tests/commands.rs` says
//! so where it does not. If it changes something new, add a [`domain::Change`]: the store refuses to
//! compile until it can write it.
#![doc = include_str!("promises.md")]
#![doc = include_str!("figures.md")]

pub mod adapter;
pub mod backend;
pub mod cli;
pub mod command;
pub mod config;
pub mod dingtalk;
pub mod domain;
pub mod engine;
pub mod exchange;
pub mod runtime;
pub mod store;
pub mod wording;

//! `usher import` and `usher export`: the organisation in and out.

use std::fs;
use std::path::Path;

use super::changes::Changes;
use super::place::Place;
use super::{Failure, sheet, staff, world};
use crate::config::Holder;
use crate::exchange;
use crate::runtime::secrets::Cost;

/// What an export is written as.
#[derive(clap::ValueEnum, Clone, Copy, Debug)]
pub(super) enum Format {
    /// The whole organisation
    Json,
    /// The people who are here, as a staff list that spreadsheets can open
    Csv,
}

/// What would be taken in here, DingTalk would know nothing of, and the next synchronisation would undo.
const ELSEWHERE: &str = "nothing was imported: the organisation is on DingTalk, and the database is a copy; change people in \
                         DingTalk's admin console, and `usher serve` reads them by itself. For an organisation of your own, \
                         set `dingtalk.organisation` to \"embedded\" and name a new database with `--db` · 没有导入：组织在\
                         钉钉上，数据库只是副本。请在钉钉管理后台修改人员，`usher serve` 会自动读取；要用自己的组织，请把 \
                         `dingtalk.organisation` 设为 \"embedded\"，并用 `--db` 指定新的数据库";

/// Those of the demo who are admins would stay admins, with passwords that everybody can read.
const DEMO: &str = "nothing was imported: the database has the demo organisation, whose people and published passwords would \
                    stay; name a new database with `--db`, or delete this one first · 没有导入：这个数据库里是演示组织，演示人员和\
                    公开的密码会留下来。请用 `--db` 指定新的数据库，或先删除这个";

/// Reads an organisation file or a staff list into the database: all of it, or nothing.
pub(super) fn import(
    file: &Path,
    db: &Path,
    config: Option<&Path>,
    arguments: &staff::Arguments,
) -> Result<(), Failure> {
    let is_elsewhere = world::config(config)?.dingtalk.holder == Holder::DingTalk;
    let (is_copy, is_demo) = match db.exists() {
        true => world::open(db)?
            .transact(|tx| Ok((tx.is_copy()?, world::is_demo(tx)?)))
            .map_err(world::store_failed)?,
        false => (false, false),
    };
    if is_elsewhere || is_copy {
        return Err(Failure::Usage(format!("{}: {ELSEWHERE}", file.display())));
    }
    if is_demo {
        return Err(Failure::Usage(format!("{}: {DEMO}", db.display())));
    }
    if ["csv", "txt", "tsv", "xlsx"].iter().any(|end| sheet::has_extension(file, end)) {
        return staff::import(file, db, arguments);
    }
    if arguments.are_for_lists() {
        let why = "these options are for staff lists, whose names end in .csv or .xlsx";
        return Err(Failure::Usage(format!("{}: {why}", file.display())));
    }
    organisation(file, db, arguments.dry_run)
}

/// Lays an organisation file over what is there.
fn organisation(file: &Path, db: &Path, is_dry_run: bool) -> Result<(), Failure> {
    let name = file.display();
    let text = read(file).map_err(|why| Failure::Failed(format!("{name}: {why}")))?;
    let bar = staff::progress(file);
    bar.tick();
    let place = Place::of(db)?;
    let mut store = world::open(&place.working(db))?;
    let before = match world::is_new(&mut store)? {
        true => None,
        false => Some(store.transact(|tx| tx.export()).map_err(world::store_failed)?),
    };
    let roster =
        exchange::parse_onto(before.as_ref(), &text, &world::hashing(Cost::Full)?).map_err(|flaws| {
            Failure::Failed(format!("{name}: nothing was imported:{}", world::listed(&flaws)))
        })?;
    let changes = Changes::between(before.as_ref(), &roster);
    bar.set_length(roster.people.len() as u64);
    if is_dry_run {
        return world::print(&format!("{}\n{}", changes.told(&name.to_string()), staff::DRY_RUN));
    }
    store
        .transact(|tx| {
            tx.replace_telling(&roster, world::now(), &|| bar.inc(1))?;
            changes.record(tx)
        })
        .map_err(world::store_failed)?;
    bar.finish_and_clear();
    drop(store);
    place.settle(db)?;
    world::print(&format!(
        "{} (people: {}, departments: {})\n{}",
        roster.organisation.name,
        roster.people.len(),
        roster.departments.len(),
        changes.told(&name.to_string())
    ))
}

fn read(file: &Path) -> Result<String, String> {
    let bytes = fs::read(file).map_err(|error| format!("can't be read: {error}"))?;
    let text = String::from_utf8(bytes).map_err(|_| "is not UTF-8: save it as that, and import it again")?;
    if text.trim().is_empty() { Err("is empty".to_owned()) } else { Ok(text) }
}

/// Prints the organisation as it stands; it has no secrets.
pub(super) fn export(db: &Path, format: Format) -> Result<(), Failure> {
    let reader = world::open_to_read(db)?;
    let roster = match reader.is_outdated() {
        false => reader.read(|tx| tx.export()),
        true => world::open(db)?.transact(|tx| tx.export()),
    };
    let roster = roster.map_err(world::store_failed)?;
    match format {
        Format::Json => world::print(&exchange::to_text(&roster)),
        Format::Csv => staff::export(&roster),
    }
}

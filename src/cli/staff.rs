//! `usher import` of a staff list: who is new, who changed, and what can't be taken.

use std::collections::HashMap;
use std::io::IsTerminal;
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};

use super::changes::Changes;
use super::place::Place;
use super::sheet::{self, Line};
use super::{Failure, world};
use crate::domain::{
    Department, DepartmentId, Directory, Fault, Organisation, Person, PersonId, PersonStatus, Roster,
};
use crate::exchange::staff::{self, Columns, Places, Row};
use crate::store::{Intake, Tx};

/// What stands between a department and the one in it, unless the arguments say otherwise.
const SEPARATOR: &str = "/";
/// How long a file may be, in bytes, before its progress is shown.
const LONG: u64 = 1_000_000;

/// What ends the report of a dry run.
pub(super) const DRY_RUN: &str = "Nothing was changed: this was a dry run";

/// How a staff list is to be read.
#[derive(clap::Args, Debug, PartialEq, Eq)]
#[command(next_help_heading = "For staff lists")]
pub(super) struct Arguments {
    /// A column's heading and the field it holds: id, name, phone, email or departments
    #[arg(long = "map", value_name = "HEADING=FIELD", value_parser = mapping)]
    map: Vec<(String, String)>,
    /// What stands between a department and the one in it
    #[arg(long, value_name = "TEXT", default_value = SEPARATOR)]
    department_separator: String,
    /// Show what would change, and change nothing
    #[arg(long, help_heading = None)]
    pub(super) dry_run: bool,
    /// Leave out the rows that can't be taken, instead of taking none
    #[arg(long)]
    skip_bad: bool,
    /// The owner's id, for a database that has no organisation yet
    #[arg(long, value_name = "ID")]
    owner: Option<String>,
    /// The organisation's name, for a database that has no organisation yet
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

impl Default for Arguments {
    fn default() -> Self {
        Self {
            map: Vec::new(),
            department_separator: SEPARATOR.to_owned(),
            dry_run: false,
            skip_bad: false,
            owner: None,
            name: None,
        }
    }
}

impl Arguments {
    /// Whether they say what is of use for a staff list only.
    pub(super) fn are_for_lists(&self) -> bool {
        *self != Self { dry_run: self.dry_run, ..Self::default() }
    }
}

fn mapping(text: &str) -> Result<(String, String), String> {
    let (heading, field) = text.rsplit_once('=').ok_or("write HEADING=FIELD")?;
    Ok((heading.trim().to_owned(), field.trim().to_lowercase()))
}

/// Takes the people of a staff list in: all of them, or nobody.
pub(super) fn import(file: &Path, db: &Path, arguments: &Arguments) -> Result<(), Failure> {
    let bar = progress(file);
    let sheet = sheet::open(file, &bar)?;
    let columns = Columns::read(&sheet.heading, &arguments.map)
        .map_err(|why| Failure::Usage(format!("{}: {why}", file.display())))?;
    let founding = founding(db, arguments)?;
    let place = Place::of(db)?;
    let mut store = world::open(&place.working(db))?;
    let done = store.transact(|tx| {
        let report = take_in(tx, sheet.rows, &columns, arguments, founding.as_ref())?;
        if arguments.dry_run || (report.refused > 0 && !arguments.skip_bad) {
            return Err(Undone::AsMeant(Box::new(report)));
        }
        report.record(tx)?;
        Ok(report)
    });
    drop(store);
    bar.finish_and_clear();
    if done.is_ok() {
        place.settle(db)?;
    }
    let ignored: Vec<_> = columns.ignored().collect();
    if !ignored.is_empty() {
        world::print(&format!("columns that are not used: {}", ignored.join(", ")))?;
    }
    let name = file.display();
    match done {
        Ok(report) => world::print(&report.told(&name.to_string())),
        Err(Undone::AsMeant(report)) if arguments.dry_run => {
            world::print(&format!("{}\n{DRY_RUN}", report.told(&name.to_string())))
        }
        Err(Undone::AsMeant(report)) => Err(Failure::Failed(format!(
            "{}\nNothing was imported; mend these rows, or leave them out with --skip-bad",
            report.told(&name.to_string())
        ))),
        Err(Undone::Unreadable(why)) => Err(Failure::Failed(format!("{name}: nothing was imported: {why}"))),
        Err(Undone::Fault(fault)) => Err(world::store_failed(fault)),
    }
}

/// Prints the people who are here as a staff list that can be imported again. Its mark at the beginning
/// tells spreadsheets that it is UTF-8.
pub(super) fn export(roster: &Roster) -> Result<(), Failure> {
    let places = written(&roster.departments);
    let mut text = b"\xef\xbb\xbf".to_vec();
    let mut writer = csv::Writer::from_writer(&mut text);
    let mut rows = vec![staff::HEADING.map(str::to_owned)];
    for person in roster.people.iter().map(|member| &member.person).filter(|person| person.is_active()) {
        let places: Vec<_> = person.departments.iter().map(|id| places[id].as_str()).collect();
        let optional = |value: &Option<String>| value.clone().unwrap_or_default();
        let (phone, email) = (optional(&person.phone), optional(&person.email));
        let row = [person.id.as_str().to_owned(), person.name.clone(), phone, email, places.join(";")];
        rows.push(row.map(|cell| staff::safe(&cell)));
    }
    let written = rows.iter().try_for_each(|row| writer.write_record(row)).and_then(|()| Ok(writer.flush()?));
    written.map_err(|error| Failure::Failed(format!("can't be written: {error}")))?;
    drop(writer);
    let text = String::from_utf8(text).expect("every cell is text");
    world::print(text.trim_end())
}

/// How each department is written: its path, or its id where the path would not lead back to it.
fn written(departments: &[Department]) -> HashMap<&DepartmentId, String> {
    let by_id = departments.iter().map(|department| (&department.id, department)).collect();
    let path = |department| staff::path(&by_id, department, SEPARATOR);
    let mut times: HashMap<String, u32> = HashMap::new();
    departments.iter().for_each(|department| *times.entry(path(department)).or_default() += 1);
    let is_plain = |path: &str| times[path] == 1 && !path.contains([',', '，', ';', '；']);
    let one = |department| Some(path(department)).filter(|path| is_plain(path));
    departments.iter().map(|it| (&it.id, one(it).unwrap_or_else(|| it.id.as_str().to_owned()))).collect()
}

/// A bar on the terminal, for a file that takes a while.
pub(super) fn progress(file: &Path) -> ProgressBar {
    let is_long = file.metadata().is_ok_and(|metadata| metadata.len() > LONG);
    if !is_long || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {percent}% {eta} left");
    ProgressBar::new(1).with_style(style.expect("a constant template"))
}

/// The organisation to be made, where the database has none.
fn founding(db: &Path, arguments: &Arguments) -> Result<Option<Organisation>, Failure> {
    if db.exists() && !world::is_new(&mut world::open(db)?)? {
        return match (&arguments.owner, &arguments.name) {
            (None, None) => Ok(None),
            _ => Err(Failure::Usage(format!(
                "{}: there is an organisation already; --owner and --name are for a new one",
                db.display()
            ))),
        };
    }
    let (Some(owner), Some(name)) = (&arguments.owner, &arguments.name) else {
        return Err(Failure::Usage(format!(
            "{}: there is no organisation yet; say who owns it and what it is called: --owner ID --name NAME",
            db.display()
        )));
    };
    let name = staff::name(name).map_err(|why| Failure::Usage(format!("--name: {why}")))?;
    Ok(Some(Organisation {
        id: "organisation".to_owned(),
        name,
        locale: "zh".to_owned(),
        timezone: "Asia/Shanghai".to_owned(),
        owner: PersonId::new(owner.as_str()),
    }))
}

/// Why the transaction is undone.
enum Undone {
    /// Nothing was to be kept.
    AsMeant(Box<Changes>),
    Unreadable(String),
    Fault(Fault),
}

impl From<Fault> for Undone {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

fn take_in(
    tx: &Tx<'_>,
    rows: impl Iterator<Item = Result<Line, String>>,
    columns: &Columns,
    arguments: &Arguments,
    founding: Option<&Organisation>,
) -> Result<Changes, Undone> {
    let mut intake = Intake::new(tx);
    let mut places = Places::new(&intake.departments()?, &arguments.department_separator);
    let mut report = Changes::default();
    let mut seen: HashMap<Box<str>, u64> = HashMap::new();
    for row in rows {
        let Line { number, cells, unclear } = row.map_err(Undone::Unreadable)?;
        let unclear: Vec<_> = unclear
            .iter()
            .filter_map(|(at, why)| columns.used(*at).map(|title| format!("{title}: {why}")))
            .collect();
        if !unclear.is_empty() {
            report.refuse(number, unclear);
            continue;
        }
        let row = match columns.row(&cells) {
            Ok(None) => continue,
            Ok(Some(row)) => row,
            Err(flaws) => {
                report.refuse(number, flaws.iter().map(ToString::to_string));
                continue;
            }
        };
        let first = *seen.entry(row.id.as_str().into()).or_insert(number);
        if first != number {
            report.refuse(number, [format!("{} stands in row {first} already", row.id)]);
            continue;
        }
        let known = tx.person(&PersonId::new(row.id.as_str()))?;
        match person(row, known.as_ref(), &mut places) {
            Err(why) => report.refuse(number, [why]),
            Ok(person) if known.as_ref() == Some(&person) => report.nothing(),
            Ok(person) => {
                report.person(&person, known.as_ref());
                intake.person(&person, known.as_ref())?;
            }
        }
    }
    places.made().iter().try_for_each(|department| intake.department(department))?;
    places.made().iter().for_each(|department| report.make(&department.name));
    if let Some(organisation) = founding {
        if tx.person(&organisation.owner)?.is_none() {
            report.forbid(format!("--owner: nobody who can be taken has the id {}", organisation.owner));
            return Err(Undone::AsMeant(Box::new(report)));
        }
        intake.found(organisation)?;
        report.owner(None, &organisation.owner);
    }
    intake.finish()?;
    Ok(report)
}

/// Somebody as they are with what the row says.
fn person(row: Row, known: Option<&Person>, places: &mut Places) -> Result<Person, String> {
    if known.is_some_and(|person| !person.is_active()) {
        return Err(format!("{} is the id of somebody who left; it is never given again", row.id));
    }
    if known.is_none() {
        staff::new_id(&row.id)?;
    }
    let mut person = known.cloned().unwrap_or_else(|| Person {
        id: PersonId::new(row.id.as_str()),
        name: String::new(),
        phone: None,
        email: None,
        departments: Vec::new(),
        status: PersonStatus::Active,
    });
    person.name = row.name;
    if let Some(phone) = row.phone {
        person.phone = phone;
    }
    if let Some(email) = row.email {
        person.email = email;
    }
    if let Some(written) = row.departments {
        let mut departments =
            written.iter().map(|place| places.find(place)).collect::<Result<Vec<_>, _>>()?;
        departments.sort();
        departments.dedup();
        person.departments = departments;
    }
    Ok(person)
}

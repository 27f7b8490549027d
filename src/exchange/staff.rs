//! A staff list: what its columns are called, and what a row says of somebody.

mod places;

pub use places::{Places, path};

use super::{Flaw, rules};
use crate::domain::names::fold;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The person's id, never given to anybody else.
    Id,
    /// The display name.
    Name,
    /// The bound phone.
    Phone,
    /// The e-mail address.
    Email,
    /// The departments, several separated by commas or semicolons.
    Departments,
}

/// Every field, its word, and what its column may be called besides.
const FIELDS: [(Field, &str, &[&str]); 5] = [
    (
        Field::Id,
        "id",
        &["user id", "userid", "staff id", "employee id", "工号", "员工工号", "员工id", "员工userid", "编号"],
    ),
    (Field::Name, "name", &["display name", "full name", "姓名", "名字", "员工姓名"]),
    (
        Field::Phone,
        "phone",
        &["mobile", "mobile phone", "phone number", "手机", "手机号", "手机号码", "电话", "联系电话"],
    ),
    (Field::Email, "email", &["e-mail", "mail", "email address", "邮箱", "电子邮箱", "电子邮件"]),
    (Field::Departments, "departments", &["department", "dept", "部门", "所属部门", "部门名称"]),
];

/// The first row of a list that is written: what [`Columns::read`] takes for each field.
pub const HEADING: [&str; 5] = ["id", "name", "phone", "email", "departments"];

/// Which column holds what.
#[derive(Debug)]
pub struct Columns {
    /// The field of each column, and what the column is called.
    columns: Vec<(Option<Field>, String)>,
}

/// What a row says of somebody. What its list has no column for is left as it is.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// The person's id.
    pub id: String,
    /// The display name.
    pub name: String,
    /// The phone, if there is a column for it; an empty cell takes it away.
    pub phone: Option<Option<String>>,
    /// The e-mail address, likewise.
    pub email: Option<Option<String>>,
    /// The departments as they are written, likewise.
    pub departments: Option<Vec<String>>,
}

impl Columns {
    /// Reads the first row. `map` gives fields for headings that are not known here: `Mobile No.` and `phone`.
    ///
    /// # Errors
    /// A sentence, when a heading that is mapped is not there or a field's word is not known, when two
    /// columns hold the same, and when there is no id or no name.
    pub fn read(heading: &[String], map: &[(String, String)]) -> Result<Self, String> {
        let mut columns: Vec<_> =
            heading.iter().map(|title| (known(title), title.trim().to_owned())).collect();
        for (title, word) in map {
            let field = FIELDS.iter().find(|(_, name, _)| name == word).map(|(field, ..)| *field);
            let field = field.ok_or_else(|| {
                format!("--map: there is no field {word}; there are {}", HEADING.join(", "))
            })?;
            let column = columns.iter_mut().find(|(_, found)| plain(found) == plain(title));
            let column = column.ok_or_else(|| {
                format!("--map: no column is called {title:?}; there are {}", listed(heading))
            })?;
            column.0 = Some(field);
        }
        for (field, word, _) in FIELDS {
            let mut titles = columns.iter().filter(|column| column.0 == Some(field)).map(|column| &column.1);
            if let (Some(first), Some(second)) = (titles.next(), titles.next()) {
                return Err(format!("the columns {first:?} and {second:?} both hold the {word}"));
            }
        }
        for (field, word, _) in &FIELDS[..2] {
            if !columns.iter().any(|column| column.0 == Some(*field)) {
                let headings = listed(heading);
                return Err(format!(
                    "no column holds the {word}; there are {headings}. Say which: --map \"HEADING={word}\""
                ));
            }
        }
        Ok(Self { columns })
    }

    /// What the columns are called that hold nothing of use here.
    pub fn ignored(&self) -> impl Iterator<Item = String> {
        let unused = self.columns.iter().enumerate().filter(|(_, column)| column.0.is_none());
        unused.map(|(at, (_, title))| match title.is_empty() {
            true => format!("column {}, which has no heading", at + 1),
            false => title.clone(),
        })
    }

    /// What this column is called, if it holds something of use here.
    pub fn used(&self, at: usize) -> Option<&str> {
        self.columns.get(at).filter(|column| column.0.is_some()).map(|column| column.1.as_str())
    }

    /// Reads a row; `None` for one with nothing in it.
    ///
    /// # Errors
    /// What is wrong with its cells, each with the name of its column.
    pub fn row(&self, cells: &[String]) -> Result<Option<Row>, Vec<Flaw>> {
        let cells: Vec<&str> = cells.iter().map(|cell| shown(cell.trim())).collect();
        if cells.iter().all(|cell| cell.is_empty()) {
            return Ok(None);
        }
        let mut flaws = Vec::new();
        if cells.iter().skip(self.columns.len()).any(|cell| !cell.is_empty()) {
            flaws.push(Flaw { path: String::new(), what: "has more cells than the first row".to_owned() });
        }
        let mut row =
            Row { id: String::new(), name: String::new(), phone: None, email: None, departments: None };
        for (at, (field, title)) in self.columns.iter().enumerate() {
            let Some(field) = field else { continue };
            let cell = cells.get(at).copied().unwrap_or_default();
            if let Err(what) = fill(&mut row, *field, cell) {
                flaws.push(Flaw { path: title.clone(), what });
            }
        }
        if flaws.is_empty() { Ok(Some(row)) } else { Err(flaws) }
    }
}

fn fill(row: &mut Row, field: Field, cell: &str) -> Result<(), String> {
    if cell.contains(char::REPLACEMENT_CHARACTER) {
        return Err("has characters that can't be read; save the list as UTF-8".to_owned());
    }
    let maybe = |rule: fn(&str) -> Result<String, String>| match cell {
        "" => Ok(None),
        _ => rule(cell).map(Some),
    };
    match field {
        Field::Id => {
            rules::id(cell)?;
            cell.clone_into(&mut row.id);
        }
        Field::Name => row.name = rules::name(cell)?,
        Field::Phone => row.phone = Some(maybe(rules::phone)?),
        Field::Email => row.email = Some(maybe(rules::email)?),
        Field::Departments => {
            let names = cell.split([',', '，', ';', '；']).map(str::trim).filter(|name| !name.is_empty());
            row.departments = Some(names.map(rules::name).collect::<Result<_, _>>()?);
        }
    }
    Ok(())
}

/// The field whose column is called so.
fn known(title: &str) -> Option<Field> {
    let title = plain(title);
    FIELDS
        .iter()
        .find(|(_, word, others)| *word == title || others.contains(&title.as_str()))
        .map(|(field, ..)| *field)
}

/// A heading as it is compared.
fn plain(title: &str) -> String {
    fold(title.trim()).to_lowercase()
}

fn listed(heading: &[String]) -> String {
    heading.iter().map(|title| format!("{:?}", title.trim())).collect::<Vec<_>>().join(", ")
}

/// What a spreadsheet would take for a formula begins with one of these.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A display name, which an organisation's is as well.
///
/// # Errors
/// A sentence, when it is empty, too long, or has invisible characters.
pub fn name(text: &str) -> Result<String, String> {
    rules::name(text)
}

/// The id of somebody new.
///
/// # Errors
/// A sentence, when it is what something else is called.
pub fn new_id(id: &str) -> Result<(), String> {
    rules::free_for_person(id)
}

/// A cell that no spreadsheet takes for a formula: an apostrophe before it makes it text.
pub fn safe(cell: &str) -> String {
    if begins_a_formula(cell) { format!("'{cell}") } else { cell.to_owned() }
}

/// What [`safe`] was given.
fn shown(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if begins_a_formula(rest) => rest,
        _ => cell,
    }
}

/// Apostrophes before it are looked through, so that one more can be taken off again.
fn begins_a_formula(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(FORMULA)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    fn map(title: &str, field: &str) -> Vec<(String, String)> {
        vec![(title.to_owned(), field.to_owned())]
    }

    #[test]
    fn headings_are_known_in_both_languages_or_mapped() {
        for heading in [["工号", "姓名"], ["ID", " Full Name "], ["ＩＤ", "名字"]] {
            assert!(Columns::read(&cells(&heading), &[]).is_ok(), "{heading:?}");
        }
        let columns =
            Columns::read(&cells(&["id", "name", "Mobile No.", "职位", " "]), &map("mobile no.", "phone"));
        let columns = columns.unwrap();
        assert_eq!(columns.ignored().collect::<Vec<_>>(), ["职位", "column 5, which has no heading"]);
        assert_eq!((columns.used(0), columns.used(3), columns.used(9)), (Some("id"), None, None));
        let row = columns.row(&cells(&["bob", "李博", "'+8613800000002"])).unwrap().unwrap();
        assert_eq!((row.phone, row.email), (Some(Some("+8613800000002".to_owned())), None));
    }

    #[test]
    fn a_heading_that_cannot_be_used_says_what_would_help() {
        let refused =
            |heading: &[&str], map: &[(String, String)]| Columns::read(&cells(heading), map).unwrap_err();
        assert!(refused(&["Nummer", "name"], &[]).contains("--map \"HEADING=id\""));
        assert!(refused(&["id", "name", "工号"], &[]).contains("both hold the id"));
        assert!(refused(&["id", "name"], &map("phone", "phone")).contains("no column is called"));
        assert!(refused(&["id", "name"], &map("name", "nick")).contains("there is no field nick"));
    }

    #[test]
    fn each_bad_cell_is_named_by_its_column() {
        let columns = Columns::read(&cells(&["工号", "姓名", "手机", "邮箱", "部门"]), &[]).unwrap();
        let flaws =
            columns.row(&cells(&["a b", " ", "call me", "nowhere", "x\u{200b}", "more"])).unwrap_err();
        let paths: Vec<_> = flaws.iter().map(|flaw| flaw.path.as_str()).collect();
        assert_eq!(paths, ["", "工号", "姓名", "手机", "邮箱", "部门"]);
        assert_eq!(columns.row(&cells(&["", " ", ""])), Ok(None));
        assert!(columns.row(&cells(&["bob", "\u{fffd}"])).unwrap_err()[0].what.contains("UTF-8"));
        let row = columns.row(&cells(&["bob", "Bob", "", "", "a；b,c"])).unwrap().unwrap();
        assert_eq!((row.phone, row.departments), (Some(None), Some(cells(&["a", "b", "c"]))));
    }

    #[test]
    fn no_cell_is_a_formula_and_each_comes_back() {
        for text in ["=1+1", "+86", "-", "@x", "'=1", "''=1", "plain", "'quoted'", "\tx", ""] {
            let cell = safe(text);
            assert!(!cell.starts_with(FORMULA), "{cell:?}");
            assert_eq!(shown(&cell), text);
        }
    }
}

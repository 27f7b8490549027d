//! What must hold for staff lists, whatever bytes they are made of.

use usher::domain::names::has_hidden;
use usher::exchange::staff::{Columns, HEADING, Row, safe};

/// Reads the bytes as a list with commas: each row is refused with its columns, or says the same after it was written
/// as a spreadsheet takes it, and read again.
pub(crate) fn check(bytes: &[u8]) {
    let mut list = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut rows = list.byte_records().map_while(Result::ok).map(|record| -> Vec<String> {
        record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect()
    });
    let Some(heading) = rows.next() else { return };
    let columns = match Columns::read(&heading, &[]) {
        Ok(columns) => columns,
        Err(why) => return assert!(!why.is_empty()),
    };
    for cells in rows {
        match columns.row(&cells) {
            Err(flaws) => assert!(!flaws.is_empty(), "{cells:?} is refused without a reason"),
            Ok(None) => {
                assert!(cells.iter().all(|cell| cell.trim().trim_matches('\'').is_empty()), "{cells:?}")
            }
            Ok(Some(row)) => {
                assert!(!row.id.is_empty() && !row.name.is_empty());
                assert!(!has_hidden(&row.name) && !has_hidden(&row.id), "{row:?}");
                read_back(row);
            }
        }
    }
}

fn read_back(row: Row) {
    let departments = row.departments.clone().unwrap_or_default();
    let cells = [
        row.id.clone(),
        row.name.clone(),
        row.phone.clone().flatten().unwrap_or_default(),
        row.email.clone().flatten().unwrap_or_default(),
        departments.join("；"),
    ];
    let cells = cells.map(|cell| safe(&cell));
    assert!(
        !cells.iter().any(|cell| cell.starts_with(['=', '+', '-', '@', '\t', '\r'])),
        "a formula: {cells:?}"
    );
    let whole = Row {
        phone: Some(row.phone.flatten()),
        email: Some(row.email.flatten()),
        departments: Some(departments),
        ..row
    };
    let again = Columns::read(&HEADING.map(str::to_owned), &[]).unwrap().row(&cells);
    assert_eq!(again, Ok(Some(whole)));
}

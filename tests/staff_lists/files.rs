//! The files themselves: what kind each is, what its cells hold, and how far it is read.

use std::fs;
use std::path::Path;

use super::program::set_around;
use super::{LIST, Room, assert_said};

/// What a command shows on a terminal.
#[cfg(unix)]
fn on_a_terminal(arguments: &[&std::ffi::OsStr]) -> String {
    use std::io::Read;

    use pty_process::blocking::{Command, open};
    let (mut screen, end) = open().unwrap();
    let command = Command::new(env!("CARGO_BIN_EXE_usher")).args(arguments).env("TERM", "xterm");
    let mut child = set_around().fold(command, Command::env_remove).spawn(end).unwrap();
    let mut shown = Vec::new();
    // Once nobody writes any more, it can't be read.
    let _ = screen.read_to_end(&mut shown);
    assert!(child.wait().unwrap().success());
    String::from_utf8_lossy(&shown).into_owned()
}

#[cfg(unix)]
#[test]
fn whoever_waits_for_a_long_file_sees_how_far_it_is() {
    let room = Room::new();
    let email = |n: usize| format!("{n}{}@acme.example", "x".repeat(1_000));
    let people: Vec<_> = (0..1_100)
        .map(|n| serde_json::json!({"id": format!("p{n}"), "name": "P", "email": email(n)}))
        .collect();
    let file = serde_json::json!({"organisation": {"id": "acme"}, "departments": [], "people": people, "owner": "p0"});
    let rows: String = (0..1_100).map(|n| format!("p{n},P,{}\n", email(n))).collect();
    fs::write(room.folder.path().join("long.json"), file.to_string()).unwrap();
    fs::write(room.folder.path().join("long.csv"), format!("id,name,email\n{rows}")).unwrap();
    for name in ["long.json", "long.csv"] {
        let (file, db) = (room.folder.path().join(name), room.db());
        let shown = on_a_terminal(&["import".as_ref(), file.as_ref(), "--db".as_ref(), db.as_ref()]);
        assert!(shown.contains('%') && shown.contains("left"), "{name}: {shown:?}");
    }
}

/// A workbook with these rows, each of which is the sheet's XML for its cells. The style 1 shows a number as a date.
fn workbook(path: &Path, rows: &[&str]) {
    use std::io::Write;
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const LINKS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    let rows: String = rows.iter().map(|cells| format!("<row>{cells}</row>")).collect();
    let link = |id: &str, kind: &str, target: &str| {
        format!(r#"<Relationship Id="{id}" Type="{LINKS}/{kind}" Target="{target}"/>"#)
    };
    let links = |all: String| format!(r#"<Relationships xmlns="{PACKAGE}">{all}</Relationships>"#);
    let parts = [
        ("_rels/.rels", links(link("a", "officeDocument", "xl/workbook.xml"))),
        (
            "xl/workbook.xml",
            format!(
                r#"<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><sheets><sheet name="S" sheetId="1" r:id="s"/></sheets></workbook>"#
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            links(link("s", "worksheet", "worksheets/sheet1.xml") + &link("t", "styles", "styles.xml")),
        ),
        (
            "xl/styles.xml",
            format!(
                r#"<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#
            ),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!(r#"<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>"#),
        ),
    ];
    let mut book = zip::ZipWriter::new(fs::File::create(path).unwrap());
    let plain = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, text) in parts {
        book.start_file(name, plain).unwrap();
        book.write_all(text.as_bytes()).unwrap();
    }
    book.finish().unwrap();
}

fn text(words: &str) -> String {
    format!(r#"<c t="inlineStr"><is><t>{words}</t></is></c>"#)
}

#[test]
fn a_cell_that_does_not_hold_what_was_typed_is_refused() {
    let room = Room::founded();
    let file = room.folder.path().join("odd.xlsx");
    let row = |id: &str, name: &str, unused: &str| format!("{id}{name}{unused}");
    let number = |value: &str| format!("<c><v>{value}</v></c>");
    let (date, truth) = (r#"<c s="1"><v>43831</v></c>"#, r#"<c t="b"><v>1</v></c>"#);
    let rows = [
        row(&text("工号"), &text("姓名"), &text("入职日期")),
        row(date, &text("A"), &text("-")),
        row(truth, &text("B"), &text("-")),
        row(&number("12345678901234567890"), &text("C"), &text("-")),
        row(&number("1.5"), &text("D"), &text("-")),
        row(r#"<c t="e"><v>#N/A</v></c>"#, &text("E"), &text("-")),
        row(&text("f"), truth, &text("-")),
        row(&number("1001"), &text("G"), date),
    ];
    workbook(&file, &rows.each_ref().map(String::as_str));
    let refused = room.import_file(&file, &["--skip-bad"]);
    let parts = [
        "1 new, 0 changed, 0 unchanged, 6 refused",
        "row 2, 工号: holds a date: format the column as text",
        "row 3, 工号: holds a truth value: format the column as text",
        "row 4, 工号: holds a number that may be rounded: format the column as text",
        "row 5, 工号: holds a number that may be rounded",
        "row 6, 工号: holds an error",
        "row 7, 姓名: holds a truth value",
    ];
    assert_said(&refused, 0, &parts);
    assert_eq!(room.person("1001")["name"], "G", "a date in a column that is not used is nobody's business");
}

#[test]
fn a_file_that_is_not_what_its_name_says_is_told_as_what_it_is() {
    let room = Room::founded();
    let path = |name: &str| room.folder.path().join(name);
    fs::create_dir(path("folder.xlsx")).unwrap();
    fs::create_dir(path("folder.csv")).unwrap();
    fs::write(path("empty.xlsx"), "").unwrap();
    fs::write(path("text.xlsx"), LIST).unwrap();
    let staff = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/staff_lists/staff.xlsx");
    fs::copy(staff, path("book.csv")).unwrap();
    fs::write(path("bytes.csv"), b"id,name\na\0b,B\n").unwrap();
    for (name, why) in [
        ("folder.xlsx", "is a directory"),
        ("folder.csv", "is a directory"),
        ("empty.xlsx", "is empty"),
        ("text.xlsx", "is no workbook"),
        ("book.csv", "is a workbook (XLSX), and its name must end in .xlsx"),
        ("bytes.csv", "is no text"),
    ] {
        assert_said(&room.import_file(&path(name), &[]), 1, &[&format!("{name}: {why}")]);
    }
    assert_said(&room.import("id,name,\nx,X,\n", &[]), 0, &["not used: column 3, which has no heading"]);
}

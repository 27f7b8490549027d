//! Staff lists in and out, through the real program: what is taken, what is refused and why, what is shown.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

#[path = "staff_lists/files.rs"]
mod files;
#[path = "shared/program.rs"]
mod program;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use program::usher;
use tempfile::TempDir;

const FOUND: [&str; 4] = ["--owner", "olivia", "--name", "Acme 科技"];
const LIST: &str = "\
工号,姓名,手机,部门
olivia,何丽,+8613800000001,总部
bob,李博,+8613800000002,总部/销售部
";

struct Room {
    folder: TempDir,
}

impl Room {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// With the list already taken in.
    fn founded() -> Self {
        let room = Self::new();
        let first = room.import(LIST, &FOUND);
        assert!(first.status.success(), "{}", said(&first));
        room
    }

    fn db(&self) -> PathBuf {
        self.folder.path().join("usher.db")
    }

    fn import(&self, list: impl AsRef<[u8]>, options: &[&str]) -> Output {
        let file = self.folder.path().join("staff.csv");
        fs::write(&file, list).unwrap();
        self.import_file(&file, options)
    }

    fn import_file(&self, file: &Path, options: &[&str]) -> Output {
        usher().arg("import").arg(file).arg("--db").arg(self.db()).args(options).output().unwrap()
    }

    fn export(&self, format: &str) -> String {
        let export =
            usher().arg("export").arg("--db").arg(self.db()).args(["--format", format]).output().unwrap();
        assert!(export.status.success(), "{}", said(&export));
        String::from_utf8(export.stdout).unwrap()
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.export("json")).unwrap()
    }

    fn person(&self, id: &str) -> serde_json::Value {
        let json = self.json();
        json["people"].as_array().unwrap().iter().find(|person| person["id"] == id).unwrap().clone()
    }
}

/// Everything that was printed.
fn said(output: &Output) -> String {
    String::from_utf8([output.stdout.as_slice(), &output.stderr].concat()).unwrap()
}

/// That it ended so, and said all of this.
fn assert_said(output: &Output, status: i32, parts: &[&str]) {
    let said = said(output);
    assert_eq!(output.status.code(), Some(status), "{said}");
    parts.iter().for_each(|part| assert!(said.contains(part), "no {part:?} in {said}"));
}

#[test]
fn a_list_founds_an_organisation() {
    let room = Room::new();
    assert_said(&room.import(LIST, &[]), 2, &["--owner ID --name NAME"]);
    assert_said(&room.import(LIST, &["--owner", "nobody", "--name", "Acme"]), 1, &["--owner", "nobody"]);
    assert_said(&room.import(LIST, &["--owner", "bob", "--name", " "]), 2, &["--name", "empty"]);
    assert_eq!(fs::read_dir(room.folder.path()).unwrap().count(), 1, "only the list is there");

    assert_said(&room.import(LIST, &FOUND), 0, &["2 new", "departments to be made: 总部, 销售部"]);
    let json = room.json();
    assert_eq!((&json["organisation"]["name"], &json["owner"]), (&"Acme 科技".into(), &"olivia".into()));
    assert_eq!(room.person("bob")["departments"], serde_json::json!(["销售部"]));
    assert_said(&room.import(LIST, &FOUND), 2, &["there is an organisation already"]);
}

#[test]
fn a_second_list_changes_just_what_it_has_columns_for() {
    let room = Room::founded();
    assert_said(
        &room.import("id,name\nbob,李博文\nnew,Ana Ruiz\n", &[]),
        0,
        &["1 new, 1 changed", "李博 → 李博文"],
    );
    assert_eq!(room.person("bob")["phone"], "+8613800000002");
    assert_eq!(room.person("olivia")["name"], "何丽", "who is not listed stays");
    assert_said(&room.import("id,name,phone\nbob,李博文,\n", &[]), 0, &["phone +8613800000002 → (none)"]);
    assert_eq!(room.person("bob")["phone"], serde_json::Value::Null);
}

#[test]
fn rows_that_cannot_be_taken_are_told_and_nothing_is_imported() {
    let room = Room::founded();
    let before = room.export("json");
    let list = "id,name,phone,email\na,,1380000,\nb,B,call me,\nc,C,,nowhere\nd e,D,,\nf,F,,\nf,G,,\n";
    let rows =
        ["row 2, name", "row 3, phone", "row 4, email", "row 5, id", "row 7, f stands in row 6 already"];
    let refused = room.import(list, &[]);
    assert_said(&refused, 1, &rows);
    assert_said(&refused, 1, &["1 new", "5 refused", "--skip-bad"]);
    assert_eq!(room.export("json"), before);
    assert_said(&room.import(list, &["--skip-bad"]), 0, &["1 new", "5 refused"]);
    assert_eq!(room.person("f")["name"], "F");
}

#[test]
fn a_dry_run_shows_everything_and_changes_nothing() {
    let room = Room::founded();
    let before = room.export("json");
    let told = room.import("id,name,部门\nbob,Bob,总部/新部门\nx,X,\n", &["--dry-run"]);
    let parts =
        ["1 new, 1 changed", "李博 → Bob", "销售部 → 新部门", "departments to be made: 新部门", "dry run"];
    assert_said(&told, 0, &parts);
    assert_eq!(room.export("json"), before);
}

#[test]
fn who_left_does_not_come_back() {
    let room = Room::founded();
    let left = r#"{"organisation": {"id": "organisation"}, "departments": [], "owner": "olivia",
                   "people": [{"id": "bob", "name": "李博", "status": "departed"}]}"#;
    let file = room.folder.path().join("left.json");
    fs::write(&file, left).unwrap();
    assert_said(&room.import_file(&file, &[]), 0, &["1 left", "departed: bob (李博)"]);
    assert_said(&room.import(LIST, &[]), 1, &["row 3", "bob is the id of somebody who left"]);
}

#[test]
fn what_was_exported_is_imported_without_a_change() {
    let room = Room::founded();
    let odd =
        "id,name,phone,部门\ne1,=HYPERLINK(1),+861380000,总部\ne2,'=x,-1-2-3,\ne3,\"a, \"\"b\"\"\",,A;B\n";
    assert_said(&room.import(odd, &[]), 0, &["3 new"]);
    let exported = room.export("csv");
    let rest = exported.strip_prefix('\u{feff}').expect("spreadsheets see that it is UTF-8");
    for cell in csv::Reader::from_reader(rest.as_bytes())
        .records()
        .flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>())
    {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?} is a formula");
    }
    assert_said(&room.import(exported, &[]), 0, &["0 new, 0 changed, 5 unchanged, 0 refused"]);
    assert_eq!(room.person("e1")["name"], "=HYPERLINK(1)");
}

#[test]
fn a_workbook_and_what_chinese_spreadsheets_write_are_read() {
    let room = Room::new();
    let workbook = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/staff_lists/staff.xlsx");
    let told = room.import_file(&workbook, &["--owner", "1001", "--name", "Acme"]);
    assert_said(&told, 0, &["columns that are not used: 职位", "3 new"]);
    assert_eq!(room.person("1001")["phone"], "13800000001", "a number is no decimal");
    assert_eq!(room.person("1002")["departments"], serde_json::json!(["研发部", "销售部"]));
    let gbk = encoding_rs::GBK.encode("工号;姓名\n1001;王小伟\n").0;
    assert_said(&room.import(gbk, &[]), 0, &["王伟 → 王小伟"]);
}

#[test]
fn columns_that_are_not_known_are_mapped_or_told() {
    let room = Room::founded();
    assert_said(&room.import("Nr,Who\nbob,Bob\n", &[]), 2, &["\"Nr\", \"Who\"", "--map \"HEADING=id\""]);
    let mapped = ["--map", "Nr=id", "--map", "who=name"];
    assert_said(&room.import("Nr,Who\nbob,Bob\n", &mapped), 0, &["李博 → Bob"]);
    assert_said(&room.import("id,name\n", &["--map", "x"]), 2, &["HEADING=FIELD"]);
    assert_said(&room.import("", &[]), 1, &["is empty"]);
    let missing = room.import_file(Path::new("missing.csv"), &[]);
    assert_said(&missing, 1, &["missing.csv: can't be read"]);
    assert_said(&room.import_file(Path::new("list.json"), &["--skip-bad"]), 2, &["for staff lists"]);
}

const FILE: &str = r#"{
    "organisation": {"id": "acme", "name": "Acme"},
    "departments": [{"id": "sales", "name": "销售部"}, {"id": "hr", "name": "人事部"}],
    "people": [{"id": "olivia", "name": "何丽"}, {"id": "alice", "name": "Alice", "password": "a-long-secret"},
               {"id": "sam", "name": "沈山"}, {"id": "bob", "name": "李博", "phone": "13800000002"}],
    "owner": "olivia",
    "admins": [{"person": "alice", "level": "main"},
               {"person": "sam", "level": "sub", "departments": ["sales"], "permissions": ["people"]}],
    "groups": [{"id": "ops", "name": "管理群", "topics": ["account_closed", "departure"]}]
}"#;

impl Room {
    fn import_json(&self, text: &str, options: &[&str]) -> Output {
        let file = self.folder.path().join("acme.json");
        fs::write(&file, text).unwrap();
        self.import_file(&file, options)
    }

    /// The audit log's newest entries: who, what, whom, and what came of it.
    fn audit(&self, count: usize) -> Vec<String> {
        let mut show = usher();
        show.args(["audit", "show", &count.to_string(), "--db"]).arg(self.db());
        let shown = String::from_utf8(show.output().unwrap().stdout).unwrap();
        shown
            .lines()
            .map(|line| {
                let words: Vec<_> = line.split(' ').collect();
                [words[2], words[3], words[4], words[7]].join(" ")
            })
            .collect()
    }
}

#[test]
fn what_an_organisation_file_changes_is_told_and_recorded() {
    let room = Room::new();
    assert_said(
        &room.import_json(FILE, &["--dry-run"]),
        0,
        &["4 new", "departments to be made: 销售部, 人事部", "dry run"],
    );
    assert!(!room.db().exists(), "a dry run makes no database");
    assert_said(&room.import_json(FILE, &[]), 0, &["4 new, 0 changed, 0 unchanged, 0 refused"]);
    let founded = [
        "@cli import alice password",
        "@cli import olivia owner",
        "@cli import alice main_admin",
        "@cli import sam sub_admin",
        "@cli import acme done:new=4+departments=2+groups=1",
    ];
    assert_eq!(room.audit(9), founded);
    let again = FILE.replace(r#", "password": "a-long-secret""#, "");
    assert_said(&room.import_json(&again, &[]), 0, &["0 new, 0 changed, 4 unchanged, 0 refused\n"]);
    assert_eq!(room.audit(9)[5..], ["@cli import acme done"]);

    let changed = again
        .replace(r#""owner": "olivia""#, r#""owner": "alice""#)
        .replace(r#"{"person": "alice", "level": "main"}"#, r#"{"person": "olivia", "level": "main"}"#)
        .replace(r#""level": "sub", "departments": ["sales"]"#, r#""level": "sub", "departments": ["hr"]"#)
        .replace(r#""phone": "13800000002""#, r#""status": "departed""#)
        .replace("人事部", "人力资源部")
        .replace("何丽", "何莉");
    let before = room.export("json");
    let parts = [
        "0 new, 1 changed, 1 left, 2 unchanged, 0 refused",
        "also new, changed or gone: departments 1",
        "departed: bob (李博)",
        "owner: olivia → alice",
        "admin: olivia: (none) → level=main",
        "admin: sam: level=sub departments=sales permissions=people → level=sub departments=hr permissions=people",
        "changed: olivia: name 何丽 → 何莉",
    ];
    assert_said(&room.import_json(&changed, &["--dry-run"]), 0, &[&parts[..], &["dry run"]].concat());
    assert_eq!((room.export("json"), room.audit(9).len()), (before, 6));
    assert_said(&room.import_json(&changed, &[]), 0, &parts);
    let recorded = [
        "@cli import bob departed",
        "@cli import alice owner",
        "@cli import sam sub_admin",
        "@cli import olivia main_admin",
        "@cli import acme done:changed=1+departments=1",
    ];
    assert_eq!(room.audit(5), recorded);
}

#[test]
fn what_a_staff_list_changes_is_recorded() {
    let room = Room::founded();
    assert_eq!(
        room.audit(9),
        ["@cli import olivia owner", "@cli import organisation done:new=2+departments=2"]
    );
    assert_said(&room.import("id,name\nbob,Bob\nx,X\ny,Y\n", &[]), 0, &[]);
    assert_said(&room.import("id,name\nbob,Bob\n", &[]), 0, &[]);
    let recorded = ["@cli import organisation done:new=2+changed=1", "@cli import organisation done"];
    assert_eq!(room.audit(9)[2..], recorded);
}

#[test]
fn of_a_long_list_the_first_of_each_kind_are_shown() {
    let room = Room::new();
    let rows: String = (0..50).map(|n| format!("p{n},P {n},D{n}\n")).collect();
    let told = room.import(format!("id,name,部门\n{rows}"), &["--owner", "p0", "--name", "Acme"]);
    assert_said(
        &told,
        0,
        &["departments to be made: D0, D1,", " D19 and 30 more\n", "new: p19 (P 19)\n  and 30 more"],
    );
    assert!(!said(&told).contains("D20"), "{}", said(&told));
}

#[test]
fn nobody_new_is_called_as_the_bot() {
    let room = Room::founded();
    assert_said(&room.import("id,name\nusher,U\n", &[]), 1, &["row 2, \"usher\" is what the bot is called"]);
}

//! Settings and databases that don't belong together: nothing is done, and what mends it is said.

use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::stage::{PATIENCE, Stage, command, demo, diagnosis};

/// Runs a command to its end. One that goes on, as who serves does, is ended, and has no status.
fn run(stage: &Stage, arguments: &[&str]) -> Output {
    let mut usher = command(stage.room.path(), arguments);
    usher.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let (mut running, since) = (usher.spawn().unwrap(), Instant::now());
    while running.try_wait().unwrap().is_none() {
        if since.elapsed() > PATIENCE {
            running.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    running.wait_with_output().unwrap()
}

fn is_refused(output: &Output, says: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && said.contains(says), "{says:?} is not in: {said}");
}

/// Says in the settings that the organisation is in the database.
fn set_embedded(stage: &Stage) {
    let settings = stage.room.path().join("usher.toml");
    let embedded = std::fs::read_to_string(&settings).unwrap().replace("\"dingtalk\"", "\"embedded\"");
    std::fs::write(&settings, embedded).unwrap();
}

fn organisation(stage: &Stage, db: &str) -> Value {
    let exported = run(stage, &["export", "--db", db]);
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    serde_json::from_slice(&exported.stdout).unwrap()
}

/// Whoever tried the demo first has its database where the copy of DingTalk's organisation would be.
#[tokio::test]
async fn an_organisation_of_ones_own_is_not_taken_for_a_copy() {
    let mut stage = Stage::open("", &demo()).await;
    let settings = stage.room.path().join("usher.toml");
    let dingtalk = std::fs::read_to_string(&settings).unwrap();
    std::fs::remove_file(&settings).unwrap();
    assert!(run(&stage, &["chat"]).status.success());
    let before = organisation(&stage, "usher.db");
    std::fs::write(&settings, dingtalk).unwrap();
    is_refused(&run(&stage, &["serve"]), "name a new database with `--db`");
    is_refused(&run(&stage, &["serve"]), "请用 `--db` 指定新的数据库");
    let says = diagnosis(stage.room.path(), "organisation").await;
    assert!(says["result"] == "fail" && says["says"].as_str().unwrap().contains("--db"), "{says}");
    assert_eq!(organisation(&stage, "usher.db"), before, "nobody has left it");
    std::fs::rename(stage.room.path().join("usher.db"), stage.room.path().join("demo.db")).unwrap();
    stage.start().await;
    stage.stop().await;
    assert_ne!(organisation(&stage, "usher.db"), before);
}

#[tokio::test]
async fn whoever_is_refused_finds_no_database_where_there_was_none() {
    let stage = Stage::open("", &demo()).await;
    set_embedded(&stage);
    is_refused(&run(&stage, &["serve", "--db", "absent.db"]), "absent.db: there is no organisation yet");
    assert!(
        !stage.room.path().join("absent.db").exists() && !stage.room.path().join("absent.db-lock").exists()
    );
}

/// The passwords of its admins are published.
#[tokio::test]
async fn nobody_is_served_from_the_demo() {
    // Were it served after all, it would end for this.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let status = format!("[serve]\nstatus = \"{}\"\n", taken.local_addr().unwrap());
    let stage = Stage::open(&status, &demo()).await;
    set_embedded(&stage);
    assert!(run(&stage, &["chat"]).status.success());
    is_refused(&run(&stage, &["serve"]), "it has the demo organisation");
    is_refused(&run(&stage, &["serve"]), "请用 `--db` 指定其他数据库");
    let says = diagnosis(stage.room.path(), "organisation").await;
    assert!(says["result"] == "fail" && says["says"].as_str().unwrap().contains("the demo"), "{says}");
}

#[tokio::test]
async fn a_copy_is_not_taken_for_an_organisation_of_ones_own() {
    let mut stage = Stage::new("").await;
    stage.stop().await;
    let copy = organisation(&stage, "usher.db");
    assert_eq!(diagnosis(stage.room.path(), "organisation").await["result"], "ok");
    // A copy that an older Usher made has no mark; the first start gives it one.
    let database = rusqlite::Connection::open(stage.room.path().join("usher.db")).unwrap();
    database.execute("UPDATE organisation SET is_copy = 0", []).unwrap();
    drop(database);
    stage.start().await;
    stage.stop().await;
    set_embedded(&stage);
    is_refused(&run(&stage, &["serve"]), "set `dingtalk.organisation` to \"dingtalk\"");
    std::fs::remove_file(stage.room.path().join("usher.toml")).unwrap();
    std::fs::write(stage.room.path().join("staff.csv"), "id,name\nnew1,New One\n").unwrap();
    is_refused(&run(&stage, &["chat"]), "run `usher serve`");
    is_refused(&run(&stage, &["import", "staff.csv"]), "nothing was imported");
    assert_eq!(organisation(&stage, "usher.db"), copy);
}

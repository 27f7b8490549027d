//! The simulator as a program: `cargo run --example dingtalk-sim -- --port 0`. Its address is the first line it prints;
//! then every message that the robot sends.

#[path = "mod.rs"]
mod dingtalk_sim;

use dingtalk_sim::{CLIENT_ID, CLIENT_SECRET, CORP_ID, EVENT_AES_KEY, EVENT_TOKEN, Sim, TEMPLATE};
use serde_json::{Value, json};

const HELP: &str = "\
A DingTalk of one's own. What people say and click is posted as JSON:
  /sim/say      {\"conversation\": \"ops\", \"sender\": \"alice\", \"text\": \"/delete\", \"mentions\": [\"bob\"]}   (\"dm\" for a direct chat)
  /sim/press    {\"outTrackId\": …, \"userId\": \"alice\", \"action\": \"confirm\"}
  /sim/console  {\"revoke_admin\": \"bob\"}, {\"grant_admin\": {…}}, {\"owner\": …}, {\"delete\": …}
  /sim/fault    {\"path\": \"/topapi/v2/user/delete\", \"kind\": \"lose_answer\", \"times\": 1}
  /sim/stream   {\"do\": \"disconnect\"}, kill, refuse, leave_waiting, accept, ping, redeliver
  /sim/http     {\"base\": \"http://127.0.0.1:8901\"}   (everything is posted there: /robot, /card, /events)
  /sim/set      {\"webhook_lifetime_ms\": 0, \"missing\": [\"Workflow.Instance.Write\"], \"hr\": true}
and GET /sim/sent?after=0&wait_ms=1000, /sim/state, /sim/calls, /sim/acks";

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let value = |name: &str| {
        arguments.iter().position(|argument| argument == name).and_then(|at| arguments.get(at + 1))
    };
    let port = value("--port").map_or(0, |port| port.parse().expect("--port is a number"));
    let organisation: Value = match value("--organisation") {
        Some(file) => {
            let text = std::fs::read_to_string(file).expect("--organisation is a file");
            serde_json::from_str(&text).expect("it is JSON")
        }
        None => serde_json::from_slice(usher::exchange::demo().as_ref()).expect("the demo is JSON"),
    };
    let sim = Sim::start(port, &organisation).await;
    println!("{}", sim.address());
    eprintln!(
        "{HELP}\nclient_id {CLIENT_ID}, client secret {CLIENT_SECRET}, corp_id {CORP_ID}, card_template {TEMPLATE}, \
         events: aes_key {EVENT_AES_KEY}, token {EVENT_TOKEN}"
    );
    let mut after = 0;
    loop {
        let sent = sim.control_after(after).await;
        for message in sent["messages"].as_array().into_iter().flatten() {
            after += 1;
            let place = message["conversation"].as_str().or(message["person"].as_str()).unwrap_or("-");
            let text = message["text"].as_str().unwrap_or_default();
            println!("\n[{place}] {}\n{text}", message["via"].as_str().unwrap_or_default());
        }
        if sent == json!({}) {
            return;
        }
    }
}

//! Interactive cards: created, shown, updated, and pressed.

use std::sync::Arc;

use serde_json::{Value, json};

use super::answers::Answer;
use super::gateway::push;
use super::state::{Call, Sim, State};
use super::{CORP_ID, TEMPLATE, http};

pub fn answer(sim: &Sim, call: &Call) -> Option<Answer> {
    match call.path.as_str() {
        "/v1.0/card/instances/createAndDeliver" => Some(create(sim, call)),
        "/v1.0/card/instances" => Some(update(sim, call)),
        "/v1.0/card/callbacks/register" => Some(register(sim, call)),
        _ => None,
    }
}

fn create(sim: &Sim, call: &Call) -> Answer {
    if call.text("cardTemplateId") != TEMPLATE {
        return Answer::new(400, "param.templateNotExist", "卡片模板不存在");
    }
    let values = &call.body["cardData"]["cardParamMap"];
    let is_text = |value: &Value| value.as_str().is_some_and(|text| text.len() <= 1_024);
    if !values.as_object().is_some_and(|values| values.values().all(is_text)) {
        return Answer::new(400, "param.invalid", "cardParamMap");
    }
    let id = call.text("outTrackId");
    let space = call.text("openSpaceId");
    let mut state = sim.state();
    let route = match call.text("callbackType").as_str() {
        "STREAM" => None,
        "HTTP" if state.routes.contains_key(&call.text("callbackRouteKey")) => {
            Some(call.text("callbackRouteKey"))
        }
        _ => return Answer::new(400, "param.invalid", "callbackType, callbackRouteKey"),
    };
    if state.cards.contains_key(&id) {
        return Answer::new(400, "param.cardAlreadyExist", "卡片已存在");
    }
    let to = match space.split_once("IM_GROUP.") {
        Some((_, group)) => (Some(group), None),
        None => (None, space.split_once("IM_ROBOT.").map(|(_, person)| person)),
    };
    if to == (None, None) {
        return Answer::new(400, "param.openSpaceIdInvalid", "openSpaceId");
    }
    let text = |name: &str| values[name].as_str().unwrap_or_default().to_owned();
    let key = state.post("card", to, &text("title"), &text("body"));
    state.sent.last_mut().unwrap()["outTrackId"] = json!(id);
    state.cards.insert(id.clone(), values.clone());
    if let Some(route) = route {
        state.routed.insert(id.clone(), route);
    }
    let delivered =
        json!({"spaceType": "IM_GROUP", "spaceId": space, "success": true, "carrierId": key, "errorMsg": ""});
    Answer::ok(json!({"success": true, "result": {"outTrackId": id, "deliverResults": [delivered]}}))
}

/// Notes where the presses of a route's cards are posted. What a route was before stays, unless it is forced.
fn register(sim: &Sim, call: &Call) -> Answer {
    let (route, url) = (call.text("callbackRouteKey"), call.text("callbackUrl"));
    if route.is_empty() {
        return Answer::new(400, "param.callbackRouteKeyEmpty", "param.callbackRouteKeyEmpty");
    }
    if url.is_empty() {
        return Answer::new(400, "param.callbackUrlEmpty", "param.callbackUrlEmpty");
    }
    let mut state = sim.state();
    if call.body["forceUpdate"] == true {
        state.routes.remove(&route);
    }
    let (url, secret) = state.routes.entry(route).or_insert((url, call.text("apiSecret"))).clone();
    Answer::ok(json!({"success": true, "result": {"callbackUrl": url, "apiSecret": secret}}))
}

fn update(sim: &Sim, call: &Call) -> Answer {
    let id = call.text("outTrackId");
    let mut state = sim.state();
    let Some(card) = state.cards.get_mut(&id) else {
        return Answer::new(400, "param.cardNotExist", "卡片不存在");
    };
    let values = call.body["cardData"]["cardParamMap"].as_object().cloned().unwrap_or_default();
    if call.body["cardUpdateOptions"]["updateCardDataByKey"] != true {
        *card = json!({});
    }
    card.as_object_mut().unwrap().extend(values);
    let result = card["result"].as_str().unwrap_or_default().to_owned();
    state.post("card_update", (None, None), &id, &result);
    state.sent.last_mut().unwrap()["outTrackId"] = json!(id);
    Answer::ok(json!({"success": true, "result": true}))
}

/// Somebody presses a button; anybody who sees the card can. The buttons send the card's text `press` along, as whoever
/// presses has it; with a `press` of its own it is a press of before, delivered again.
pub fn press(sim: &Arc<Sim>, body: &Value) -> Value {
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let pressed = (text("outTrackId"), text("userId"));
    let (route, count) = {
        let state = sim.state();
        let route = state.routed.get(&pressed.0).and_then(|route| state.routes.get(route)).cloned();
        let card = |values: Option<&Value>| values.map(|values| values["press"].clone());
        let own = card(state.private.get(&pressed)).filter(Value::is_string);
        (route, own.or(card(state.cards.get(&pressed.0))).unwrap_or_default())
    };
    let count = if body["press"].is_null() { &count } else { &body["press"] };
    let params = json!({"action": body["action"], "press": count});
    let content = json!({"cardPrivateData": {"actionIds": [body["action"]], "params": params}});
    let corp = body["corpId"].as_str().unwrap_or(CORP_ID);
    let data = json!({
        "type": "actionCallback", "outTrackId": body["outTrackId"], "corpId": corp, "userId": body["userId"],
        "userIdType": 1, "spaceType": "im", "extension": "{}", "content": content.to_string(),
    });
    let topic = || json!({"topic": "/v1.0/card/instances/callback"});
    let frame = match route {
        Some(route) => Some(http::press(sim, route, &data, pressed)),
        None => {
            let frame = push(sim, "CALLBACK", topic(), &data);
            sim.state().presses.extend(frame.clone().map(|frame| (frame, pressed)));
            frame
        }
    };
    json!({"frame": frame, "press": count})
}

/// Changes what a card shows to whoever pressed it, as the answer to the press says.
pub fn answered(state: &mut State, pressed: &(String, String), answer: &Value) {
    let values = answer["userPrivateData"]["cardParamMap"].as_object().cloned().unwrap_or_default();
    let own = state.private.entry(pressed.clone()).or_insert_with(|| json!({}));
    if answer["cardUpdateOptions"]["updatePrivateDataByKey"] != true {
        *own = json!({});
    }
    own.as_object_mut().unwrap().extend(values);
}

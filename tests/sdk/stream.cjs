// Connects with the official dingtalk-stream SDK and tells, a line of JSON each, what reached its handlers.
const axios = require("axios");
const { DWClient, EventAck, TOPIC_CARD, TOPIC_ROBOT } = require("dingtalk-stream");

const [base, clientId, clientSecret] = process.argv.slice(2);
// Its addresses are constants: the requests are sent to the simulator instead.
axios.interceptors.request.use((config) => {
  config.url = config.url.replace(/^https:\/\/o?api\.dingtalk\.com/, base);
  config.proxy = false;
  return config;
});
const tell = (what, more) => console.log(JSON.stringify({ what, ...more }));

const client = new DWClient({ clientId, clientSecret });
client.registerCallbackListener(TOPIC_ROBOT, async (frame) => {
  const message = JSON.parse(frame.data);
  tell("message", { text: message.text.content, sender: message.senderStaffId, id: message.msgId });
  client.socketCallBackResponse(frame.headers.messageId, { ok: 1 });
});
client.registerCallbackListener(TOPIC_CARD, async (frame) => {
  const press = JSON.parse(frame.data);
  tell("card", { card: press.outTrackId, user: press.userId });
  client.socketCallBackResponse(frame.headers.messageId, {});
});
client.registerAllEventListener((frame) => {
  tell("event", { kind: frame.headers.eventType, data: JSON.parse(frame.data) });
  return { status: EventAck.SUCCESS, message: "fine" };
});
client.connect();

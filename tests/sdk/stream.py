"""Connects with the official dingtalk-stream SDK and tells, a line of JSON each, what reached its handlers."""
import json
import sys

import dingtalk_stream
from dingtalk_stream import AckMessage


def tell(what, **more):
    print(json.dumps({"what": what, **more}, ensure_ascii=False), flush=True)


class Messages(dingtalk_stream.ChatbotHandler):
    async def process(self, callback):
        message = dingtalk_stream.ChatbotMessage.from_dict(callback.data)
        tell("message", text=message.text.content, sender=message.sender_staff_id, id=message.message_id)
        self.reply_text("收到", message)
        return AckMessage.STATUS_OK, "OK"


class Cards(dingtalk_stream.CallbackHandler):
    async def process(self, callback):
        tell("card", card=callback.data["outTrackId"], user=callback.data["userId"])
        return AckMessage.STATUS_OK, {}


class Events(dingtalk_stream.EventHandler):
    async def process(self, event):
        tell("event", kind=event.headers.event_type, data=event.data)
        return AckMessage.STATUS_OK, "OK"


credential = dingtalk_stream.Credential(sys.argv[1], sys.argv[2])
client = dingtalk_stream.DingTalkStreamClient(credential)
client.register_all_event_handler(Events())
client.register_callback_handler(dingtalk_stream.ChatbotMessage.TOPIC, Messages())
client.register_callback_handler("/v1.0/card/instances/callback", Cards())
tell("token", got=bool(client.get_access_token()))
client.start_forever()

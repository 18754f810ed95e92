"""A third-party XMPP client (slixmpp) that speaks JSON lines: commands on standard input, events on standard output.

Commands: {"do": "message", "to", "body", "id"?, "receipt"?: true, "thread"?, "subject"?}
          {"do": "command", "to", "node", "fields"?}: executes, and fills in the form where there are fields; else it is cancelled
          {"do": "registration", "to"} · {"do": "register", "to", "fields"} · {"do": "unregister", "to"}
          {"do": "subscribe", "to"} · {"do": "portrait", "to"} · {"do": "quit"}; the input's end quits too.
Events:   {"event": "ready", "jid"} · {"event": "failed", "why"}
          {"event": "message", "from", "type", "id", "body", "subject", "thread", "error", "receipt", "xml"}
          {"event": "command", "node", "status", "note", "fields", "error"} · {"event": "registration", "done", "registered", "fields", "error"}
          {"event": "presence", "from", "type"}
          {"event": "portrait", "from", "name", "photo", "avatar", "id"}: by vcard-temp, and by XEP-0084; in base64
"""
import asyncio
import base64
import json
import sys

import slixmpp


def emit(**event):
    print(json.dumps(event), flush=True)


class Client(slixmpp.ClientXMPP):
    def __init__(self, jid, password):
        super().__init__(jid, password)
        # Receipts are asked for per message, and answered by the plugin itself.
        self.register_plugin("xep_0184", {"auto_request": False, "auto_ack": True})
        self.register_plugin("xep_0004")
        self.register_plugin("xep_0030")
        self.register_plugin("xep_0050")
        self.register_plugin("xep_0077", {"create_account": False})
        self.register_plugin("xep_0054")
        self.register_plugin("xep_0084")
        self.register_plugin("xep_0199")
        self["feature_mechanisms"].unencrypted_plain = True
        self.add_event_handler("session_start", self.on_start)
        self.add_event_handler("failed_auth", lambda _: emit(event="failed", why="authentication"))
        self.add_event_handler("connection_failed", lambda why: emit(event="failed", why=str(why)))
        self.register_handler(slixmpp.Callback("any message", slixmpp.MatchXPath("{jabber:client}message"), self.on_message))
        self.add_event_handler("presence", self.on_presence)

    async def on_start(self, _):
        self.send_presence()
        await self.get_roster()
        emit(event="ready", jid=str(self.boundjid))

    def on_message(self, stanza):
        error = stanza["error"]["condition"] if stanza["type"] == "error" else None
        emit(event="message", **{"from": str(stanza["from"])}, type=stanza["type"], id=stanza["id"], body=stanza["body"],
             subject=stanza["subject"], thread=stanza["thread"], error=error, receipt=stanza["receipt"] or None, xml=str(stanza))

    def on_presence(self, stanza):
        emit(event="presence", **{"from": str(stanza["from"])}, type=stanza["type"])

    def do_message(self, to, body, id=None, receipt=False, thread=None, subject=None):
        message = self.make_message(mto=to, mbody=body, mtype="chat", msubject=subject)
        if id:
            message["id"] = id
        if thread:
            message["thread"] = thread
        if receipt:
            message["request_receipt"] = True
        message.send()

    def do_command(self, to, node, fields=None):
        asyncio.ensure_future(self.command(to, node, fields))

    async def command(self, to, node, fields):
        adhoc = self["xep_0050"]
        try:
            answer = (await adhoc.send_command(to, node))["command"]
            held = answer["form"].get_values() if answer["status"] == "executing" else {}
            if answer["status"] == "executing":
                action = "cancel" if fields is None else "complete"
                answer = (await adhoc.send_command(to, node, action=action, sessionid=answer["sessionid"], payload=self.filled(fields or {})))["command"]
            note = " ".join(text for _, text in answer["notes"])
            emit(event="command", node=node, status=answer["status"], note=note, fields=held, error=None)
        except slixmpp.exceptions.IqError as failed:
            emit(event="command", node=node, status=None, note=None, fields={}, error=failed.condition)

    def filled(self, fields):
        form = self["xep_0004"].make_form("submit")
        for var, value in fields.items():
            form.add_field(var=var, value=value)
        return form

    def do_registration(self, to):
        asyncio.ensure_future(self.registered("read", self["xep_0077"].get_registration(jid=to)))

    def do_register(self, to, fields):
        iq = self.make_iq_set(ito=to)
        iq["register"].append(self.filled(fields))
        asyncio.ensure_future(self.registered("registered", iq.send()))

    def do_unregister(self, to):
        asyncio.ensure_future(self.registered("removed", self["xep_0077"].cancel_registration(jid=to)))

    async def registered(self, done, answer):
        try:
            query = (await answer)["register"]
            is_known = query.xml.find("{jabber:iq:register}registered") is not None
            held = query["form"].get_values() if done == "read" else {}
            emit(event="registration", done=done, registered=is_known, fields=held, error=None)
        except slixmpp.exceptions.IqError as failed:
            emit(event="registration", done=done, registered=False, fields={}, error=failed.condition)

    def do_portrait(self, to):
        asyncio.ensure_future(self.portrait(to))

    async def portrait(self, to):
        card = (await self["xep_0054"].get_vcard(jid=to, cached=False))["vcard_temp"]
        metadata = await self["xep_0060"].get_items(to, "urn:xmpp:avatar:metadata")
        item = metadata["pubsub"]["items"]["item"]
        data = await self["xep_0084"].retrieve_avatar(to, item["id"])
        avatar = data["pubsub"]["items"]["item"]["avatar_data"]["value"]
        emit(event="portrait", **{"from": to}, name=card["FN"], id=item["id"],
             photo=card.xml.findtext("{vcard-temp}PHOTO/{vcard-temp}BINVAL"), avatar=base64.b64encode(avatar).decode())

    def do_subscribe(self, to):
        self.send_presence_subscription(pto=to)


async def commands(client):
    loop = asyncio.get_event_loop()
    while True:
        line = await loop.run_in_executor(None, sys.stdin.readline)
        command = json.loads(line) if line.strip() else {"do": "quit"}
        verb = command.pop("do")
        if verb == "quit":
            return
        getattr(client, "do_" + verb)(**command)


def main():
    start = json.loads(sys.stdin.readline())
    client = Client(start["jid"], start["password"])
    client.connect((start["host"], start["port"]), disable_starttls=True, force_starttls=False)
    client.loop.run_until_complete(commands(client))
    client.disconnect()
    client.loop.run_until_complete(asyncio.wait_for(client.disconnected, 3))


main()

-- The way of modules that mail chats from inside Prosody: one blocking SMTP dialogue, on a connection of its own, for each
-- message. Loaded as a component, so that it does the gateway's work; nothing is kept, checked or tried again.

local smtp = require "socket.smtp";
local jid = require "util.jid";

local port = module:get_option_number("bench_smtp_port");
local own = "@" .. module.host;

local function mail(event)
	local stanza = event.stanza;
	local body = stanza:get_child_text("body");
	if not body or stanza.attr.type == "error" then return true; end
	local local_part = jid.node(stanza.attr.to);
	if not local_part then return true; end
	local from = jid.bare(stanza.attr.from);
	local to = local_part:gsub("%%([^%%]*)$", "@%1");
	local ok, err = smtp.send({
		from = "<" .. from .. ">";
		rcpt = "<" .. to .. ">";
		server = "127.0.0.1";
		port = port;
		source = smtp.message({
			headers = { from = from, to = to, subject = "Chat from " .. from .. own, ["content-type"] = "text/plain; charset=utf-8" };
			body = body;
		});
	});
	if not ok then module:log("error", "not mailed: %s", err); end
	return true;
end

module:hook("message/bare", mail);
module:hook("message/full", mail);

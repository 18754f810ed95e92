-- The way of mod_offline_email (prosody-modules): for each message `smtp.send` of LuaSocket, which opens a connection, speaks
-- one command per round trip and blocks Prosody until it is done. A component, so that it does the gateway's work; nothing is
-- kept, checked or tried again. `bench_smtp_nodelay` turns Nagle's algorithm off, which the module itself does not do.

local socket = require "socket";
local smtp = require "socket.smtp";
local jid = require "util.jid";

local port = module:get_option_number("bench_smtp_port");
local own = "@" .. module.host;

local function without_nagle()
	local connection = assert(socket.tcp4());
	assert(connection:setoption("tcp-nodelay", true));
	return connection;
end

local create = module:get_option_boolean("bench_smtp_nodelay") and without_nagle or nil;

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
		create = create;
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

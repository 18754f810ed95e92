-- Hands the gateway a copy of each chat message that Prosody keeps for a user who is offline. The gateway mails it to those users who
-- have asked for that ("offline mailbox"), and drops the others. Prosody's own store goes on as before: nothing is lost, whatever
-- becomes of the copy. README.md says how to install it.

local st = require "util.stanza";
local jid_split = require "util.jid".split;

local component = module:get_option_string("stanzapost_component");
assert(component, "stanzapost_component must name the gateway's domain");

-- A copy to a gateway that is away would only come back as an error.
local function is_connected()
	local host = prosody.hosts[component];
	local link = host and host.modules and host.modules.component;
	return link and link.connected;
end

-- Before mod_offline (priority -1), which stores it; returning nothing lets that go on.
module:hook("message/offline/handle", function (event)
	local stanza = event.stanza;
	local _, from_host = jid_split(stanza.attr.from);
	if from_host == component or not is_connected() then return; end
	if stanza.attr.type == "error" or not stanza:get_child("body") then return; end
	local copy = st.clone(stanza);
	copy.attr.xmlns = "jabber:client";
	copy.attr.to = event.username .. "@" .. module.host;
	module:send(st.message({ from = module.host, to = component, id = stanza.attr.id })
		:tag("offline", { xmlns = "urn:stanzapost:offline:0" }):up()
		:tag("forwarded", { xmlns = "urn:xmpp:forward:0" }):add_child(copy));
end, 0);

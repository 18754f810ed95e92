	-- Optional: ordinary chat to users who are offline goes to their mailboxes too, for those who ask for it (mod_stanzapost_offline).
	-- Paste this directly below the line `VirtualHost "example.com"`, with the gateway's domain put in; with privilege.cfg.lua, name both
	-- modules in one `modules_enabled`. `plugin_paths` in the global section must name the directory that holds mod_stanzapost_offline.lua.
	modules_enabled = { "stanzapost_offline" }
	stanzapost_component = "mail.example.com"

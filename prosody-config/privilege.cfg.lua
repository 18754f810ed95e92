	-- Optional: what the gateway may see and do for the users of this host (mod_privilege, from Debian's prosody-modules). Paste this
	-- directly below the line `VirtualHost "example.com"`, with the gateway's domain put in. It sees who is online without being asked
	-- for, and puts those who write mails into rosters, with their names; without it, both are asked of each user's client. The module
	-- must be loaded for the component as well: take the comment off `modules_enabled` in its block.
	modules_enabled = { "privilege" }
	privileged_entities = {
		["mail.example.com"] = { roster = "both", presence = "managed_entity" };
	}

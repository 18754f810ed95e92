-- Stanzapost on Prosody: paste this at the END of /etc/prosody/prosody.cfg.lua (everything after a Component line belongs
-- to that component), put in your domain and a secret, then `systemctl restart prosody`.
-- Prosody listens for components on 127.0.0.1, port 5347; `component_ports` and `component_interfaces` at the top of the
-- file change that.

Component "mail.example.com"
	-- The same secret as `secret` under [xmpp] in stanzapost.toml. Make one with: openssl rand -hex 24
	component_secret = "REPLACE-WITH-A-LONG-SECRET"
	-- Shown where clients list the server's services.
	name = "E-mail"
	-- With the optional block of privilege.cfg.lua:
	-- modules_enabled = { "privilege" }

-- Files of mails reach chat through Prosody's upload service (http_file_share). To it the gateway is one user: give it a larger
-- quota in the block of that service, and name it where you have set `http_file_share_access`:
--   http_file_share_daily_quota = 4 * 1024 * 1024 * 1024
--   http_file_share_access = { "example.com", "mail.example.com" }

-- A whole trial server, started by `npm run demo` and by the tests with every place in double braces filled in and the block of
-- component.cfg.lua appended. Not for production: it listens on 127.0.0.1 only, keeps passwords in plain text and lets
-- clients log in without TLS.

run_as_root = {{asRoot}}
pidfile = "{{dir}}/prosody.pid"
data_path = "{{dir}}/data"
certificates = "{{dir}}"
log = { info = "*console" }

modules_enabled = {
	"blocklist"; "bookmarks"; "carbons"; "disco"; "offline"; "pep"; "ping"; "posix"; "private"; "roster"; "saslauth";
	"smacks"; "time"; "tls"; "vcard4"; "vcard_legacy"; "version";
}
-- No other servers, and no `limits`: Debian's configuration lets a client send 10 KB/s, which a test takes for a hang.
modules_disabled = { "s2s", "limits" }

authentication = "internal_plain"
c2s_require_encryption = false
allow_unencrypted_plain_auth = true

c2s_ports = { {{c2sPort}} }
c2s_interfaces = { "127.0.0.1" }
http_ports = { {{httpPort}} }
http_interfaces = { "127.0.0.1" }
https_ports = {}
component_ports = { {{componentPort}} }
component_interfaces = { "127.0.0.1" }

-- Small stanzas leave at once instead of waiting for the acknowledgement of the one before.
network_settings = { nagle = false }
ssl = { certificate = "{{certificate}}", key = "{{key}}" }
{{extra}}

VirtualHost "{{domain}}"
{{privilege}}

-- The upload service. Without `http_file_share_access` it takes files from every host of this server, the gateway included.
Component "upload.{{domain}}" "http_file_share"
	http_host = "127.0.0.1"
	http_external_url = "http://127.0.0.1:{{httpPort}}/"
	http_file_share_size_limit = 40 * 1024 * 1024
	http_file_share_daily_quota = 4 * 1024 * 1024 * 1024

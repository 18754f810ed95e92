-- What wrk sends, as loads/wrk.ts tells it in BENCH_*: the same request again and again, but for the path, which is taken from a
-- list in turn, and for X-Forwarded-For, which names another client each time, so that nobody's limit is met.

local method, body = os.getenv("BENCH_METHOD"), os.getenv("BENCH_BODY")
local paths, requests, at = {}, {}, 0
local CLIENTS = 8192

for path in os.getenv("BENCH_PATHS"):gmatch("%S+") do table.insert(paths, path) end
if body == "" then body = nil end

function init()
	wrk.headers["Host"] = os.getenv("BENCH_HOST")
	if body then wrk.headers["Content-Type"] = "application/json" end
	for i = 1, CLIENTS do
		wrk.headers["X-Forwarded-For"] = ("10.%d.%d.1"):format(math.floor(i / 250), i % 250)
		requests[i] = wrk.format(method, paths[i % #paths + 1], wrk.headers, body)
	end
end

function request()
	at = at % CLIENTS + 1
	return requests[at]
end

function done(summary)
	local errors = summary.errors
	local lost = errors.connect + errors.read + errors.write + errors.timeout
	io.write(("\nBENCH %d %d %d %d\n"):format(summary.requests, summary.duration, errors.status, lost))
end

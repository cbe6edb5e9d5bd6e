-- One walk-up sale a request, each under a key of its own: UUIDs of version 7 with a counter in their
-- 12 bits after the time (RFC 9562, 6.2), as the API page advises. Arguments: the slot, a name.
local threads = 0

function setup(thread)
    thread:set("number", threads)
    threads = threads + 1
end

function init(args)
    local body = '{"operations":[{"operation":"book","slotId":' .. args[1] .. ',"numTickets":1}]}'
    local sum = number
    for i = 1, #args[2] do
        sum = (sum * 31 + args[2]:byte(i)) % 2 ^ 40
    end
    head = "POST /v1/operations HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" ..
        "Content-Length: " .. #body .. "\r\nIdempotency-Key: "
    tail = string.format("-8000-%012x\r\n\r\n", sum) .. body
    ms = os.time() * 1000
    count = 0
end

function request()
    local time = ms + math.floor(count / 4096)
    local low = count % 4096
    count = count + 1
    return string.format("%s%08x-%04x-7%03x%s", head, math.floor(time / 65536), time % 65536, low, tail)
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format('{"requests":%d,"us":%d,"bad":%d,"p50":%d,"p99":%d}\n',
        summary.requests, summary.duration,
        errors.connect + errors.read + errors.write + errors.timeout + errors.status,
        latency:percentile(50), latency:percentile(99)))
end

-- One walk-up sale a request, each under a key of its own. Arguments: the slot, a name for the keys.
local threads = 0

function setup(thread)
    thread:set("number", threads)
    threads = threads + 1
end

function init(args)
    local body = '{"operations":[{"operation":"book","slotId":' .. args[1] .. ',"numTickets":1}]}'
    head = "POST /v1/operations HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" ..
        "Content-Length: " .. #body .. "\r\nIdempotency-Key: " .. args[2] .. "-" .. number .. "-"
    tail = "\r\n\r\n" .. body
    count = 0
end

function request()
    count = count + 1
    return head .. count .. tail
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format('{"requests":%d,"us":%d,"bad":%d,"p50":%d,"p99":%d}\n',
        summary.requests, summary.duration,
        errors.connect + errors.read + errors.write + errors.timeout + errors.status,
        latency:percentile(50), latency:percentile(99)))
end

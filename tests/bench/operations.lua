-- One walk-up sale a request, each under a key of its own (as in sale.lua), with a device's token. Arguments: the
-- first slot, how many, a file of tokens, and the port of each node: a thread for each.
local threads = {}

function setup(thread)
    table.insert(threads, thread)
    thread:set("number", #threads)
end

function init(args)
    math.randomseed(os.time() * 64 + number)
    first, count = tonumber(args[1]), tonumber(args[2])
    wrk.thread.addr = wrk.lookup("127.0.0.1", args[3 + number])[1]
    body = '{"operations":[{"operation":"book","slotId":'
    heads = {}
    for token in io.lines(args[3]) do
        heads[#heads + 1] = "POST /v1/operations HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" ..
            "Authorization: Bearer " .. token .. "\r\nContent-Length: " ..
            #body + #args[1] + #',"numTickets":1}]}' .. "\r\nIdempotency-Key: "
    end
    low = string.format("-8000-%012x\r\n\r\n", math.random(0, 2 ^ 30) * 64 + number) .. body
    ms = os.time() * 1000
    made, sent = 0, 0
end

function request()
    local time, slot = ms + math.floor(made / 4096), first
    if count > 1 then
        slot = slot + math.random(0, count - 1)
    end
    made = made + 1
    local text = string.format("%s%08x-%04x-7%03x%s%d,\"numTickets\":1}]}", heads[made % #heads + 1],
        math.floor(time / 65536), time % 65536, made % 4096, low, slot)
    sent = sent + #text
    return text
end

function done(summary, latency, requests)
    local errors, out = summary.errors, 0
    for _, thread in ipairs(threads) do
        out = out + thread:get("sent")
    end
    io.write(string.format('{"requests":%d,"us":%d,"bad":%d,"p50":%d,"p99":%d,"in":%d,"out":%d}\n',
        summary.requests, summary.duration,
        errors.connect + errors.read + errors.write + errors.timeout + errors.status,
        latency:percentile(50), latency:percentile(99), summary.bytes, out))
end

-- One sale a request over the replaced API. Arguments: the showing's name, its start.
local threads = 0

function setup(thread)
    thread:set("number", threads)
    threads = threads + 1
end

function init(args)
    head = "POST /bookTicket?movieName=" .. args[1] .. "&movieStartTime=" .. args[2] ..
        "&numTickets=1&userName=Ada&userPhoneNumber=030" .. number
    tail = " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"
    count = 0
end

function request()
    count = count + 1
    return head .. string.format("%04d", count % 1000) .. tail
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format('{"requests":%d,"us":%d,"bad":%d,"p50":%d,"p99":%d}\n',
        summary.requests, summary.duration,
        errors.connect + errors.read + errors.write + errors.timeout + errors.status,
        latency:percentile(50), latency:percentile(99)))
end

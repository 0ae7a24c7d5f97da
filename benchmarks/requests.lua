-- What wrk asks: the paths of a file one after another; with a tag, each with a comment of its own, so that no text comes twice.
--   wrk ... -s requests.lua URL -- FILE ACCEPT [TAG]

local paths, headers, tag, count = {}, {}, nil, 0

function init(args)
   for line in io.lines(args[1]) do
      paths[#paths + 1] = line
   end
   headers["Accept"] = args[2]
   tag = args[3]
end

function request()
   local path = paths[count % #paths + 1]
   count = count + 1
   if tag then
      path = path .. "%20%23" .. tag .. count
   end
   return wrk.format("GET", path, headers)
end

function done(summary, latency)
   local failed = summary.errors
   io.write(string.format('\n{"answers": %d, "seconds": %f, "failed": %d, "bytes": %d}\n', summary.requests - failed.status,
      summary.duration / 1e6, failed.status + failed.connect + failed.read + failed.write + failed.timeout, summary.bytes))
end

-- Load of the `report` bench: PUTs with a new uuid each, points from a file, token from the environment.
local points, n = {}, 0
local token = os.getenv("BENCH_TOKEN")
local prefix = os.getenv("BENCH_PATH")
local scheme = os.getenv("BENCH_SCHEME")

function init(args)
  math.randomseed(os.time() * 1000 + tonumber(os.getenv("BENCH_SEED")))
  for line in io.lines(os.getenv("BENCH_POINTS")) do points[#points + 1] = line end
end

local function uuid()
  return string.format("%08x-%04x-7%03x-%04x-%06x%06x", math.random(0, 0x7fffffff), math.random(0, 0xffff), math.random(0, 0xfff),
    math.random(0x8000, 0xbfff), math.random(0, 0xffffff), math.random(0, 0xffffff))
end

function request()
  n = n + 1
  local point = points[n % #points + 1]
  local body = '{"category":"E0110","source":"worker","captured_at":"2026-11-20T10:00:00+08:00","text":"bench","point":{' ..
    point .. ',"datum":"wgs84","accuracy_m":8.0},"photos":[]}'
  return wrk.format("PUT", prefix .. uuid(), {["Content-Type"] = "application/json", ["Authorization"] = scheme .. " " .. token}, body)
end

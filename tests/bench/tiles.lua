-- Load of the `tiles` bench: GETs of the tiles in a file, one after the other, with a prefix, a suffix and a cookie.
local tiles, n = {}, 0
local prefix, suffix = os.getenv("BENCH_PREFIX"), os.getenv("BENCH_SUFFIX")
local headers = {["Accept-Encoding"] = "gzip", ["Cookie"] = os.getenv("BENCH_COOKIE")}

function init(args)
  for line in io.lines(os.getenv("BENCH_TILES")) do tiles[#tiles + 1] = line end
end

function request()
  n = n + 1
  return wrk.format("GET", prefix .. tiles[n % #tiles + 1] .. suffix, headers)
end

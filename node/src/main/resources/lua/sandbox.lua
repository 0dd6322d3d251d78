-- Builds the worlds that scripts and functions see. Runs once for each Lua state.
--
-- Shared tables must stay as they are, whatever a script does: behind each stands an empty table that
-- scripts get instead, which shows the real one and refuses assignments. What writes past that
-- (table.insert) is undone before the next script runs.
local redis, cjson, cmsgpack, bit, struct, random, randomseed, overdue, registry = ...

local byte, error, find, getinfo, next = string.byte, error, string.find, debug.getinfo, next
local pcall, xpcall = pcall, xpcall
local rawget, rawset, setmetatable, tostring, type = rawget, rawset, setmetatable, tostring, type
local loadstring, setfenv, concat = loadstring, setfenv, table.concat
local sethook, create = debug.sethook, coroutine.create

local READ_ONLY = 'Attempt to modify a readonly table'
local ESCAPE = 27
local INSTRUCTIONS_BETWEEN_LOOKS = 100000

local fronts = {}

local function refuse()
  error(READ_ONLY, 2)
end

-- What scripts see in place of the metatable of a front, and of itself.
local closed = {}
fronts[closed] = closed
setmetatable(closed, {__newindex = refuse, __metatable = closed})

local function sealed(shown, missing)
  local front = setmetatable({}, {__index = shown, __newindex = refuse, __metatable = closed})
  fronts[front] = shown
  return front
end

-- A script that never ends would stop the shard. Each look may serve other clients, and tells with which
-- words the script must end, if it must. If it catches the error, it is looked at again at each line and each turn of a loop, so it gets no further. Each coroutine has
-- to be watched by itself; from inside one the hook of who resumed it can't be changed, so a late script
-- gets no new ones.
local late = false
local NO_VERDICT = {}
local verdict = NO_VERDICT

local function look()
  local words = not late and overdue()
  if words then
    late = true
    verdict = words
  end
  if late then
    sethook(look, 'l')
    -- Code of this file ends by itself, and an error in the handler of errors would say nothing.
    if getinfo(2, 'S').source ~= '=sandbox' then
      error(verdict, 0)
    end
  end
end

-- Errors that no script catches. Where calls are nested too deeply nobody can be watched any more, since
-- a look is a call, too: a script that went on there could go on for ever.
local function is_final(err)
  return err == verdict or type(err) == 'string' and find(err, 'C stack overflow', 1, true) ~= nil
end

local function unless_final(ok, err, ...)
  if not ok and is_final(err) then
    error(err, 0)
  end
  return ok, err, ...
end

local function unwatched(...)
  sethook()
  late = false
  return ...
end

local function refuse_if_late()
  if late then
    error(verdict, 0)
  end
end

local function watched(body)
  refuse_if_late()
  local thread = create(body)
  sethook(thread, look, '', INSTRUCTIONS_BETWEEN_LOOKS)
  return thread
end

coroutine.create = watched

local resume = coroutine.resume
function coroutine.resume(...)
  return unless_final(resume(...))
end

local wrap = coroutine.wrap
function coroutine.wrap(body)
  if type(body) ~= 'function' then
    return wrap(body)
  end
  refuse_if_late()
  return wrap(function(...)
    sethook(look, '', INSTRUCTIONS_BETWEEN_LOOKS)
    return body(...)
  end)
end

local real = {
  _VERSION = _VERSION,
  assert = assert,
  collectgarbage = collectgarbage,
  error = error,
  gcinfo = gcinfo,
  getmetatable = getmetatable,
  ipairs = ipairs,
  next = next,
  pairs = pairs,
  rawequal = rawequal,
  rawget = rawget,
  select = select,
  tonumber = tonumber,
  tostring = tostring,
  type = type,
  unpack = unpack,
  xpcall = xpcall,
  coroutine = sealed(coroutine),
  math = sealed(math),
  os = sealed({clock = os.clock}),
  string = sealed(string),
  table = sealed(table),
  redis = sealed(redis),
  cjson = sealed(cjson),
  cmsgpack = sealed(cmsgpack),
  bit = sealed(bit),
  struct = sealed(struct),
}
math.random = random
math.randomseed = randomseed

local strings = getmetatable('')
strings.__index = real.string
strings.__metatable = sealed({__index = real.string})

local function outcome(ok, err, ...)
  if not ok and type(err) == 'table' then
    local text = rawget(err, 'err')
    if type(text) == 'string' or type(text) == 'number' then
      return false, text
    end
  end
  return ok, err, ...
end

-- An error of a command is a table; who catches it sees its text.
function real.pcall(...)
  return outcome(unless_final(pcall(...)))
end

function real.xpcall(body, handle)
  if type(handle) ~= 'function' then
    return unless_final(xpcall(body, handle))
  end
  return unless_final(xpcall(body, function(err)
    return is_final(err) and err or handle(err)
  end))
end

function real.rawset(t, k, v)
  if fronts[t] then
    error(READ_ONLY, 0)
  end
  return rawset(t, k, v)
end

function real.setmetatable(t, meta)
  if fronts[t] then
    error(READ_ONLY, 0)
  end
  return setmetatable(t, meta)
end

local front = sealed(real)
real._G = front

-- Everything that scripts compile lives in this world. The table of globals that the interpreter
-- itself knows stays outside: the bridge to Java notes its faults there.
local function adopt(chunk)
  return setfenv(chunk, front)
end

-- Compiled code is not checked by the interpreter, so only source text is taken; it lives in the world of
-- who compiles it.
local function compilers(world)
  local function compile(text, name)
    if type(text) ~= 'string' and type(text) ~= 'number' then
      error("bad argument #1 to 'loadstring' (string expected, got "
        .. (text == nil and 'no value' or type(text)) .. ')', 2)
    end
    if byte(text, 1) == ESCAPE then
      return nil, 'compiled code is not allowed'
    end
    local chunk, problem = loadstring(text, name)
    if not chunk then
      return nil, problem
    end
    return setfenv(chunk, world)
  end

  local function compile_pieces(reader, name)
    if type(reader) ~= 'function' then
      error("bad argument #1 to 'load' (function expected, got "
        .. (reader == nil and 'no value' or type(reader)) .. ')', 2)
    end
    local pieces = {}
    while true do
      local piece = reader()
      if piece == nil or piece == '' then
        break
      end
      if type(piece) ~= 'string' then
        return nil, 'reader function must return a string'
      end
      pieces[#pieces + 1] = piece
    end
    return compile(concat(pieces), name or '=(load)')
  end

  return compile, compile_pieces
end

real.loadstring, real.load = compilers(front)

local strict = {
  __index = function(_, name)
    error("Script attempted to access nonexistent global variable '" .. tostring(name) .. "'", 2)
  end,
}

-- Functions have a world of their own, which all libraries share: what scripts have but for a few names,
-- and no table of keys. While a library is loaded there is nothing in it but what registers functions.
local SCRIPTS_ALONE = {breakpoint = true, debug = true, replicate_commands = true}
local commands = {}
for name, value in next, redis do
  if not SCRIPTS_ALONE[name] then
    commands[name] = value
  end
end
local running = {}
for name, value in next, real do
  running[name] = value
end
running.os = nil
running.redis = sealed(commands)

local loading = setmetatable({redis = sealed(setmetatable(registry, strict))}, strict)
local shows = {__index = running, __newindex = refuse, __metatable = closed}
local library_front = setmetatable({}, shows)
fronts[library_front] = running
running._G = library_front
running.loadstring, running.load = compilers(library_front)
setmetatable(running, strict)
setmetatable(real, strict)

local function adopt_library(chunk)
  return setfenv(chunk, library_front)
end

local function handler(err)
  unwatched()
  if type(err) ~= 'table' then
    err = {err = 'ERR ' .. tostring(err)}
  end
  local level = 2
  local info = getinfo(level, 'Sl')
  while info and (info.what == 'C' or info.what == 'tail' or info.source == '=sandbox') do
    level = level + 1
    info = getinfo(level, 'Sl')
  end
  if info then
    rawset(err, 'source', info.source)
    rawset(err, 'line', info.currentline)
  end
  return err
end

local function heal()
  for each in next, fronts do
    while true do
      local key = next(each)
      if key == nil then
        break
      end
      rawset(each, key, nil)
    end
  end
end

-- What runs from here on is looked at now and then.
local function begin()
  heal()
  verdict = NO_VERDICT
  sethook(look, '', INSTRUCTIONS_BETWEEN_LOOKS)
end

local function run(script, keys, arguments)
  rawset(real, 'KEYS', keys)
  rawset(real, 'ARGV', arguments)
  begin()
  return unwatched(script())
end

local function load_library(chunk)
  shows.__index = loading
  begin()
  return unwatched(chunk())
end

local function call_function(callback, keys, arguments)
  shows.__index = running
  begin()
  return unwatched(callback(keys, arguments))
end

return adopt, handler, run, adopt_library, load_library, call_function

import { epochMs, type JsonValue } from "@argo-ts/kernel"
import { fc, test as property } from "@fast-check/vitest"
import { describe, expect, test } from "vitest"
import { compileLua, type LuaOptions } from "./index.js"

interface Run extends LuaOptions {
  readonly env?: { readonly [name: string]: JsonValue }
  readonly steps?: number
  readonly memory?: number
}

/** What a script returns, as text; or `phase: message`. */
function run(source: string, { env = {}, steps, memory, ...options }: Run = {}): string {
  const compiled = compileLua(source, options)
  const budget = { ...(steps && { steps }), ...(memory && { memory }) }
  const result = compiled.ok
    ? compiled.value.evaluate(env, { budget, now: epochMs(1_700_000_000_000) })
    : compiled
  if (result.ok) return result.value.map(({ text }) => text).join(" ")
  const [issue] = result.issues
  return `${issue?.phase}: ${issue?.message}`
}

function json(source: string, env: Run["env"] = {}): JsonValue | undefined {
  const compiled = compileLua(source)
  if (!compiled.ok) throw new Error(compiled.issues[0]?.message)
  const result = compiled.value.evaluate(env)
  if (!result.ok) throw new Error(result.issues[0]?.message)
  return result.value[0]?.value
}

describe("statements", () => {
  test.each([
    ["local a, b, c = 1, 2 return a, b, c", "1 2 nil"],
    ["local a, b = 1, 2, 3 a, b = b, a return a, b", "2 1"],
    ["local t = {} local i = 1 i, t[i] = i + 1, 20 return i, t[1], t[2]", "2 20 nil"],
    ["local n = 0 while true do n = n + 1 if n > 4 then break end end return n", "5"],
    ["local n = 0 repeat local last = n n = n + 1 until last == 3 return n", "4"],
    ["local s = '' for i = 3, 1, -1 do s = s .. i end return s", "321"],
    ["local s = '' for i = 1, 0 do s = s .. i end return s", ""],
    [
      "local s = '' for i, v in ipairs({'a', 'b', nil, 'd'}) do s = s .. i .. v end return s",
      "1a2b",
    ],
    ["local s = '' for k, v in pairs({1, 2, x = 3}) do s = s .. k .. v end return s", "1122x3"],
    [
      "for i = 1, 3 do for j = 1, 3 do if j == 2 then goto next end end ::next:: end return 'ok'",
      "ok",
    ],
    ["local n = 0 ::again:: n = n + 1 if n < 3 then goto again end return n", "3"],
    ["if nil then return 1 elseif 0 then return 2 else return 3 end", "2"],
    ["do local a = 1 end return a", "nil"],
    ["local a = 1 do local a = 2 end return a", "1"],
    ["return (function(...) return ... end)(1, 2, 3)", "1 2 3"],
    ["return ((function(...) return ... end)(1, 2, 3))", "1"],
    ["local function f(...) return arg.n, arg[2] end return f(7, 8, 9)", "3 8"],
    [
      "local function f(...) local t = {...} return #t, select('#', ...) end return f(1, nil)",
      "1 2",
    ],
    ["return {1, 2, (function() return 3, 4 end)()}[4]", "parse: syntax error near '['"],
    ["local t = {1, 2, (function() return 3, 4 end)()} return #t", "4"],
    ["local t = {(function() return 3, 4 end)(), 5} return #t", "2"],
    ["# comment\nreturn 1", "1"],
    ["return --[==[ long\n]] ]==] 1 -- end", "1"],
    ['return [[\na\\n]], \'x\\65\\z\', "\\""', 'a\\n xAz "'],
  ])("%s", (source, expected) => expect(run(source)).toBe(expected))
})

describe("functions and closures", () => {
  test.each([
    [
      "local function f() local n = 0 return function() n = n + 1 return n end end local a, b = f(), f() a() return a(), b()",
      "2 1",
    ],
    [
      "local fs = {} for i = 1, 3 do fs[i] = function() i = i + 10 return i end end return fs[1](), fs[1](), fs[2]()",
      "11 21 12",
    ],
    [
      "local function fact(n) if n == 0 then return 1 end return n * fact(n - 1) end return fact(10)",
      "3628800",
    ],
    ["local function f(a) local function g() a = a + 1 end g() return a end return f(1)", "2"],
    [
      "local t = {n = 1} function t:add(x) self.n = self.n + x return self end return t:add(2):add(3).n",
      "6",
    ],
    ["local t = {a = {}} function t.a.f(x) return x end return t.a.f 'x', t.a.f{1}[1]", "x 1"],
    ["return pcall(function() error({code = 7}) end)", /^false table: /],
    ["local ok, e = pcall(function() error({code = 7}) end) return ok, e.code", "false 7"],
    ["return pcall(pcall, error, 'x')", "true false <string>:1: x"],
    ["return select(2, pcall(error, 'x', 0))", "x"],
    [
      "local function f() error('deep', 2) end\nlocal function g()\nf() end return select(2, pcall(g))",
      "<string>:3: deep",
    ],
    ["return xpcall(function() error('x', 0) end, function(e) return e .. '!' end)", "false x!"],
    ["return pcall(function() return 1, 2 end)", "true 1 2"],
    [
      "local ok, e = pcall(function() local x = nil; return x.y end) return e",
      "<string>:1: attempt to index a non-table object(nil) with key 'y'",
    ],
    ["local f = setmetatable({}, {__call = function(self, a) return a end}) return f(3)", "3"],
    [
      "local function f(n) return f(n + 1) end return pcall(f, 1)",
      /^false <string>:1: stack overflow/,
    ],
  ] as [string, string | RegExp][])("%s", (source, expected) => {
    if (typeof expected === "string") expect(run(source)).toBe(expected)
    else expect(run(source)).toMatch(expected)
  })
})

describe("metatables", () => {
  test.each([
    ["local t = setmetatable({}, {__index = {a = 1}}) return t.a, t.b", "1 nil"],
    ["local t = setmetatable({}, {__index = function(_, k) return k .. '!' end}) return t.x", "x!"],
    [
      "local log = {} local t = setmetatable({}, {__newindex = log}) t.a = 1 return rawget(t, 'a'), log.a",
      "nil 1",
    ],
    [
      "local m = {__eq = function() return true end} return setmetatable({}, m) == setmetatable({}, m)",
      "true",
    ],
    [
      "local m = {__lt = function(a, b) return a.v < b.v end} local a, b = setmetatable({v=1}, m), setmetatable({v=2}, m) return a < b, a > b, a <= b, a >= b",
      "true false true false",
    ],
    [
      "return -setmetatable({}, {__unm = function() return 5 end}), #setmetatable({}, {__len = function() return 9 end})",
      "5 9",
    ],
    [
      "return setmetatable({}, {__concat = function(a, b) return 'c' end}) .. 1, 1 .. setmetatable({}, {__concat = function() return 'd' end})",
      "c d",
    ],
    ["return getmetatable(setmetatable({}, {__metatable = 'locked'}))", "locked"],
    [
      "return pcall(setmetatable, setmetatable({}, {__metatable = 1}), {})",
      "false <string>:1: cannot change a protected metatable",
    ],
    ["return ('x'):upper(), ('%d'):format(3), #'abc'", "X 3 3"],
  ])("%s", (source, expected) => expect(run(source)).toBe(expected))
})

describe("coroutines", () => {
  test.each([
    [
      "local co = coroutine.create(function(a) local b = coroutine.yield(a + 1) error('end ' .. b, 0) end) return coroutine.resume(co, 1), select(2, coroutine.resume(co, 5)), coroutine.status(co)",
      "true end 5 dead",
    ],
    [
      "local s = 0 for v in coroutine.wrap(function() for i = 1, 4 do coroutine.yield(i) end end) do s = s + v end return s",
      "10",
    ],
    [
      "local co co = coroutine.create(function() return coroutine.resume(co) end) return coroutine.resume(co)",
      "true false can not resume a running thread",
    ],
    ["return pcall(coroutine.yield, 1)", /^false .*yield/],
    ["return coroutine.running()", "nil"],
    [
      "local co = coroutine.wrap(function() return pcall(function() coroutine.yield(1) error('x', 0) end) end) co() return co()",
      "false x",
    ],
  ] as [string, string | RegExp][])("%s", (source, expected) => {
    if (typeof expected === "string") expect(run(source)).toBe(expected)
    else expect(run(source)).toMatch(expected)
  })
})

describe("the library", () => {
  test.each([
    ["return ('key = value'):match('^(%w+)%s*=%s*(%w+)$')", "key value"],
    ["return ('abc'):gsub('', '-')", "-a-b-c- 4"],
    ["return ('hello'):gsub('l+', {ll = 'LL'})", "heLLo 1"],
    [
      "return ('abc'):gsub('%w', function(c) if c == 'b' then return false end return c .. c end)",
      "aabcc 3",
    ],
    ["return ('f(a(b)c)d'):match('%b()'), ('THE (quick)'):find('%((%a+)%)')", "(a(b)c) 5 11 quick"],
    ["return ('THE (quick) fox'):find('%f[%a]%a+', 5)", "6 10"],
    ["return ('[[x]]'):find('[]]'), ('a-z'):gsub('[a%-]', '.')", "4 ..z 2"],
    [
      "local s = '' for k, v in ('a=1, b=2'):gmatch('(%w+)=(%w+)') do s = s .. k .. v end return s",
      "a1b2",
    ],
    ["return ('x'):find('()'), (' x '):match('^%s*(.-)%s*$') .. '|'", "1 x|"],
    ["return ('aa'):match('(.)%1'), ('a.b'):gsub('%.', '%%')", "a a%b 1"],
    [
      "return ('abc'):byte(-1), ('x'):rep(3), ('é'):len(), ('É'):lower(), ('abc'):reverse(), ('abc'):sub(2, -2)",
      "99 xxx 2 é cba b",
    ],
    [
      "return string.format('%5.1f|%-4s|%04d|%x|%q|%s', 3.14159, 'ab', 7, 255, 'a\"', nil)",
      '  3.1|ab  |0007|ff|"a\\""|nil',
    ],
    [
      "return tonumber('0x1F'), tonumber('z', 36), tonumber('8', 8), tonumber('1e1'), tonumber('1.5e1'), tonumber(' 7 ')",
      "31 35 nil nil 15 7",
    ],
    [
      "local t = {5, 2, 8} table.sort(t) local u = {5, 2, 8} table.sort(u, function(a, b) return a > b end) return table.concat(t, ','), table.concat(u, ',', 1, 2)",
      "2,5,8 8,5",
    ],
    [
      "local t = {1, 2} table.insert(t, 3) table.insert(t, 1, 0) return table.concat(t), table.remove(t, 1), table.remove(t), #t, table.maxn({1, [9] = 1})",
      "0123 0 3 2 9",
    ],
    ["return next({}), next({7}), unpack({1, 2, 3}, 2)", "nil 1 2 3"],
    [
      "return math.max(1, 3, 2), math.floor(-1.5), math.huge > 1e308, math.modf(-3.5)",
      "3 -2 true -3 -0.5",
    ],
    [
      "return os.time(), os.time{year = 2024, month = 14, day = 0}, os.date('!%Y-%m-%d', 0), os.date('*t', 0).wday",
      "1700000000 1738324800 1970-01-01 5",
    ],
    [
      "return type(print), type(load), type(io), type(loadstring), type(os.execute), type(require)",
      "function nil nil nil nil function",
    ],
    ["return require('os').date('%Y', 0)", "1970"],
    [
      "return pcall(table.concat, {1, {}, 3})",
      "false <string>:1: invalid value (table) at index 2 in table for concat",
    ],
    ["return string.rep()", "run: <string>:1: bad argument #1 to rep (string expected, got nil)"],
    ["return math.random()", /not available/],
  ] as [string, string | RegExp][])("%s", (source, expected) => {
    if (typeof expected === "string") expect(run(source)).toBe(expected)
    else expect(run(source)).toMatch(expected)
  })

  test("gopher-lua's loaders compile by this same compiler; what reaches the host refuses", () => {
    const gopher = { libraries: "gopher" } as const
    expect(run("return loadstring('return 1 + 1')()", gopher)).toBe("2")
    expect(run("return loadstring('return (')", gopher)).toMatch(/^nil syntax error/)
    expect(
      run(
        "return load(coroutine.wrap(function() coroutine.yield('return ') coroutine.yield('3') end))()",
        gopher,
      ),
    ).toBe("3")
    expect(run("return io.open('/etc/passwd')", gopher)).toContain(
      "io.open is not available to scripts",
    )
    expect(run("return os.execute('true')", gopher)).toContain("not available")
  })
})

describe("budgets, which a script cannot catch", () => {
  const endless = "pcall(function() while true do end end) return 'caught'"
  test.each([
    [endless, "budget: step budget exceeded"],
    [
      "local function f() return pcall(f) end while true do f() end",
      "budget: step budget exceeded",
    ],
    ["local s = 'x' while true do s = s .. s end", "budget: memory budget exceeded"],
    ["return ('x'):rep(1e9)", "run: <string>:1: the text is too long"],
    ["local t = {} for i = 1, 1e9 do t[i] = {} end", "budget: memory budget exceeded"],
    [
      "return (('a'):rep(60)):match(('a?'):rep(40) .. ('a'):rep(60) .. 'b')",
      "budget: step budget exceeded",
    ],
    ["return ('a'):rep(200000):find(('.-'):rep(10) .. 'b')", "budget: step budget exceeded"],
    [`return ${"(".repeat(500)}1${")".repeat(500)}`, "budget: the script is nested too deeply"],
    ["return string.format('%99999999d', 1)", /too large/],
    ["return table.concat(setmetatable({}, {__len = 1}), 'x', 1, 1e12)", /invalid value \(nil\)/],
    ["return unpack({}, 1, 1e9)", /too many results/],
    [
      "local co = coroutine.wrap(function() while true do coroutine.yield(coroutine.create(function() end)) end end) while true do co() end",
      /budget/,
    ],
    ["local f f = function() return ('x'):gsub('x', f) end return f()", /stack overflow/],
    [
      "local t = setmetatable({}, {}) getmetatable(t).__index = t return t.x",
      /too many recursions/,
    ],
  ] as [string, string | RegExp][])("%s", (source, expected) => {
    const found = run(source, { steps: 500_000, memory: 4_000_000 })
    if (typeof expected === "string") expect(found).toBe(expected)
    else expect(found).toMatch(expected)
  })
})

describe("what a script is given and gives", () => {
  test("objects and lists become tables and come back; null vanishes", () => {
    const env = { obj: { list: [1, null, { a: "é" }], gone: null, n: 2 ** 53, __proto__x: true } }
    expect(json("return obj", env)).toEqual({ list: [1, { a: "é" }], n: 2 ** 53, __proto__x: true })
    expect(json("return {obj.gone == nil, #obj.list}", env)).toEqual([true, 2])
  })
  test("__proto__ is a key like any other", () => {
    const given = JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}') as {
      [name: string]: JsonValue
    }
    expect(JSON.stringify(json("return obj", { obj: given }))).toBe(JSON.stringify(given))
    expect(json("return obj.toString == nil and obj.constructor == nil", { obj: {} })).toBe(true)
  })
  test("what cannot be JSON says why", () => {
    const problem = (source: string): string | undefined => {
      const compiled = compileLua(source)
      const result = compiled.ok ? compiled.value.evaluate({}) : compiled
      return result.ok ? result.value[0]?.problem : result.issues[0]?.message
    }
    expect(problem("return {1, a = 2}")).toContain("mixed or invalid key types")
    expect(problem("return {[1] = 1, [3] = 3}")).toContain("sparse array")
    expect(problem("local t = {} t.t = t return t")).toContain("recursively nested")
    expect(problem("return print")).toContain("cannot encode function")
    expect(problem("return 0/0")).toContain("cannot encode NaN")
  })
  test("references are the globals that it reads and nobody else provides", () => {
    const compiled = compileLua(
      "local s = obj.status.phase; count = 1 return s, count, string.len('x'), other[s]",
    )
    expect(
      compiled.ok && compiled.value.references.map(({ path, dynamic }) => [path, dynamic]),
    ).toEqual([
      [["obj", "status", "phase"], false],
      [["other"], true],
    ])
  })
  test("evaluations share nothing", () => {
    const compiled = compileLua(
      "string.extra = (string.extra or 0) + 1; n = (n or 0) + 1 return n + string.extra",
    )
    const twice = [1, 2].map(() => compiled.ok && compiled.value.evaluate({}))
    expect(twice[0]).toEqual(twice[1])
    expect(run("return string.extra, n")).toBe("nil nil")
  })
  test("issues have places", () => {
    const compiled = compileLua("local x = 1\nreturn x +")
    expect(compiled.ok ? undefined : compiled.issues[0]).toMatchObject({ phase: "parse", line: 2 })
    const thrown = compileLua("local x = 1\n\nreturn x.y.z")
    const result = thrown.ok ? thrown.value.evaluate({}) : thrown
    expect(result.ok ? undefined : result.issues[0]).toMatchObject({ phase: "run", line: 3 })
  })
})

describe("whatever is written", () => {
  const word = fc.constantFrom(
    ..."local x y f = == ~= .. + - * / % ^ # ( ) { } [ ] ; : , . ... 1 0x1 'a' \"b\" [[c]] nil true false function end if then else elseif for in do while repeat until return break goto ::l:: and or not pcall error string.rep table.insert pairs obj".split(
      " ",
    ),
  )
  const source = fc.array(word, { maxLength: 60 }).map((words) => words.join(" "))
  property.prop([source])("a script gives values or issues, never a throw", (text) => {
    expect(run(text, { env: { obj: { a: [1] } }, steps: 20_000, memory: 1_000_000 })).toBeTypeOf(
      "string",
    )
  })
  property.prop([fc.string({ unit: "binary" }), fc.string({ unit: "binary" })])(
    "texts and patterns are found or refused",
    (text, pattern) => {
      const env = { text, pattern }
      expect(
        run("return text:find(pattern), text:gsub(pattern, '%0')", { env, steps: 50_000 }),
      ).toBeTypeOf("string")
    },
  )
  property.prop([fc.jsonValue({ maxDepth: 4 })])(
    "JSON without null and empty objects comes back as it was",
    (value) => {
      const kept = JSON.parse(
        JSON.stringify(value, (_key, item: JsonValue) => (item === null ? undefined : item)) ??
          "null",
      ) as JsonValue
      fc.pre(!/null|\{\}|-0|e\+/.test(JSON.stringify(kept)))
      expect(JSON.stringify(json("return v", { v: kept }) ?? null)).toBe(JSON.stringify(kept))
    },
  )
})

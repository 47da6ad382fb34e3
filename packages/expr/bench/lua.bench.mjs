// One process, medians: a warm call of a health script in Argo CD's style, beside fengari (Lua 5.3 in JavaScript).
import { compileLua, compileLuaHealth } from "@argo-ts/expr/lua"
import fengari from "fengari"
import { Bench } from "tinybench"

const health = `
local hs = {}
if obj.status ~= nil then
  if obj.status.conditions ~= nil then
    for i, condition in ipairs(obj.status.conditions) do
      if condition.type == "Available" and condition.status == "False" then
        hs.status = "Degraded"
        hs.message = condition.message
        return hs
      end
    end
  end
  if obj.status.updatedReplicas == obj.spec.replicas then
    hs.status = "Healthy"
    hs.message = "all " .. tostring(obj.spec.replicas) .. " replicas are up to date"
    return hs
  end
end
hs.status = "Progressing"
hs.message = "waiting for " .. obj.metadata.name
return hs`

const obj = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "shop", namespace: "prod", labels: { app: "shop" }, generation: 4 },
  spec: {
    replicas: 5,
    selector: { matchLabels: { app: "shop" } },
    template: { spec: { containers: [{ name: "main", image: "shop:1" }] } },
  },
  status: {
    updatedReplicas: 5,
    observedGeneration: 4,
    conditions: [
      { type: "Progressing", status: "True", message: "ok" },
      { type: "Available", status: "True", message: "minimum availability" },
    ],
  },
}

const { lua, lauxlib, lualib, to_luastring: bytes, to_jsstring: text } = fengari

/** An object as fengari's tables. */
function push(state, value) {
  if (value === null || value === undefined) return lua.lua_pushnil(state)
  if (typeof value === "string") return lua.lua_pushstring(state, bytes(value))
  if (typeof value === "number") return lua.lua_pushnumber(state, value)
  if (typeof value === "boolean") return lua.lua_pushboolean(state, value)
  lua.lua_newtable(state)
  const entries = Array.isArray(value)
    ? value.map((item, index) => [index + 1, item])
    : Object.entries(value)
  for (const [key, item] of entries) {
    push(state, key)
    push(state, item)
    lua.lua_settable(state, -3)
  }
}

const state = lauxlib.luaL_newstate()
for (const [name, open] of [
  ["_G", lualib.luaopen_base],
  ["string", lualib.luaopen_string],
  ["table", lualib.luaopen_table],
]) {
  lauxlib.luaL_requiref(state, bytes(name), open, 1)
  lua.lua_pop(state, 1)
}
lauxlib.luaL_loadstring(state, bytes(health))
const chunk = lauxlib.luaL_ref(state, lua.LUA_REGISTRYINDEX)

function fengariHealth() {
  push(state, obj)
  lua.lua_setglobal(state, bytes("obj"))
  lua.lua_rawgeti(state, lua.LUA_REGISTRYINDEX, chunk)
  lua.lua_call(state, 0, 1)
  lua.lua_getfield(state, -1, bytes("status"))
  const status = text(lua.lua_tostring(state, -1))
  lua.lua_pop(state, 2)
  return status
}

const script = compileLuaHealth(health).value
if (script.evaluate(obj).value?.status !== fengariHealth()) throw new Error("the two disagree")
const loop = compileLua("local s = 0 for i = 1, 100000 do s = s + i % 7 end return s").value

const bench = new Bench({ time: 400, warmupTime: 200 })
bench.add("health of a Deployment", () => script.evaluate(obj))
bench.add("health of a Deployment, fengari", fengariHealth)
bench.add("compile the script", () => compileLuaHealth(health))
bench.add("a loop of 100,000", () => loop.evaluate({}))
await bench.run()

for (const { name, result } of bench.tasks) {
  const median = (result?.latency?.p50 ?? Number.NaN) * 1000
  console.log(`  ${name.padEnd(36)} ${median.toFixed(2).padStart(10)} µs median`)
}

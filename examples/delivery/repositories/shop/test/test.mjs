import assert from "node:assert/strict"
import { handle } from "./shop.mjs"

const cart = { items: [{ cents: 250, count: 2 }] }
assert.deepEqual(handle({ path: "/checkout", cart }), { status: 200, body: { cents: 500 } })
assert.equal(handle({ path: "/nowhere" }).status, 404)
console.log("2 tests passed")

import { readFileSync } from "node:fs"
import type { AddressInfo } from "node:net"
import { fileURLToPath } from "node:url"
import { afterAll, expect, test } from "vitest"
import { service } from "../src/main.js"

afterAll(() => service.close())

test("an order is a workflow", async () => {
  await new Promise<void>((done) => service.listen(0, "127.0.0.1", done))
  const origin = `http://127.0.0.1:${(service.address() as AddressInfo).port}`
  const answer = await fetch(`${origin}/orders/17`, { method: "POST" })
  expect(answer.status).toBe(200)
  const tree = await answer.text()
  for (const step of ["reserve", "charge(0)", "charge(1)", "ship"]) expect(tree).toContain(step)
  expect(tree).toContain("the bank is busy")
  expect((await fetch(origin)).status).toBe(404)
})

test("is short enough to copy, and imports one package", () => {
  const text = readFileSync(fileURLToPath(new URL("../src/main.ts", import.meta.url)), "utf8")
  expect(text.split("\n").length).toBeLessThan(60)
  expect(text.match(/from "@argo-ts\/[^"]+"/g)).toEqual(['from "@argo-ts/dag-engine"'])
})

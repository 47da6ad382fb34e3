import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { main } from "../src/main.js"

test("the alarm says why the application is not in step", async () => {
  const [message, ...more] = await main()
  expect(message).toContain("shop")
  expect(more).toEqual([])
})

test("is short enough to copy", () => {
  const text = readFileSync(fileURLToPath(new URL("../src/main.ts", import.meta.url)), "utf8")
  expect(text.split("\n").length).toBeLessThan(60)
})

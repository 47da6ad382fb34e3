import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { argo } from "./harness.js"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const readme = readFileSync(fileURLToPath(new URL("../README.md", import.meta.url)), "utf8")
const commands = (/```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? "").trim().split("\n")

test.each(commands)("%s", async (line) => {
  const answer = await argo(root, ...line.split(" ").slice(1))
  expect(answer).toMatchObject({ code: 0 })
})

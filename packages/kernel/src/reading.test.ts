import { expect, test } from "vitest"
import { listAt, objectAt, textAt, valueAt } from "./index.js"

const pod = { spec: { containers: [{ name: "main" }, { name: "side" }], port: 80 } }

test("a path leads to a value, or nowhere, and never to a prototype", () => {
  expect(valueAt(pod, "spec", "containers", -1, "name")).toBe("side")
  expect(valueAt(pod, "spec", "containers", "name")).toBeUndefined()
  expect(valueAt(pod, "constructor")).toBeUndefined()
  expect([textAt(pod, "spec", "port"), textAt(pod, "spec")]).toEqual(["80", ""])
  expect([objectAt(pod, "spec", "containers"), listAt(pod, "spec")]).toEqual([{}, []])
})

import { fnv32a } from "@argo-ts/kernel"
import { fc, test } from "@fast-check/vitest"
import { expect } from "vitest"
import { continueHash, displayNameOf, hashName, isDisplayName, nodeId, podName } from "./names.js"

/** Without halves of surrogate pairs. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString()
}

test.prop([fc.string({ unit: "binary" }), fc.string({ unit: "binary" })])(
  "a child's hash continues its parent's, over UTF-8",
  (parent, child) => {
    const whole = wellFormed(parent)
    const rest = wellFormed(child)
    expect(hashName(whole + rest) >>> 0).toBe(fnv32a(whole + rest))
    expect(continueHash(hashName(whole), rest) >>> 0).toBe(fnv32a(whole + rest))
  },
)

function nodeOf(name: string): { readonly name: string; readonly hash: number } {
  return { name, hash: hashName(name) }
}

test("ids and pod names of the worked example", () => {
  expect(nodeId("demo", "demo")).toBe("demo")
  expect(nodeId("demo", "demo[0].a(0:x)")).toBe("demo-1324171822")
  expect(podName("demo", nodeOf("demo"), "main")).toBe("demo")
  expect(podName("demo", nodeOf("demo[0].a(0:x)"), "one")).toBe("demo-one-1324171822")
  expect(podName("demo", nodeOf("demo[0].a(0:x)"), "")).toBe("demo-1324171822")
  expect(podName("w", nodeOf("w.a"), "t".repeat(300))).toHaveLength(
    242 + 1 + String(hashName("w.a") >>> 0).length,
  )
})

test("display names drop the boundary and what joins", () => {
  expect(displayNameOf("demo[0].a(0:x)", "demo")).toBe("a(0:x)")
  expect(displayNameOf("demo.b", "demo")).toBe("b")
  expect(displayNameOf("demo[0]", "demo")).toBe("[0]")
  expect(displayNameOf("demo.onExit", undefined)).toBe("demo.onExit")
  expect(isDisplayName("fine-name.1")).toBe(true)
  expect(isDisplayName("-no")).toBe(false)
})

import { epochMs, type JsonValue } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import { evaluateStepConfig } from "./coerce.js"

const evaluation = { environment: { vars: { n: "1.10", t: true, o: { a: 1 } } }, now: epochMs(0) }
const of = (uses: string, config: JsonValue): unknown => {
  const result = evaluateStepConfig(uses, config, evaluation)
  return result.ok ? result.value : result.issues[0]?.message
}
const n = "${{ vars.n }}"

test("texts, paths, durations and expressions stay texts, wherever the step wants them", () => {
  expect(of("git-clear", { path: n })).toEqual({ path: "1.10" })
  expect(of("http", { url: n, timeout: n, successExpression: "${{ vars.t }}" })).toEqual({
    url: "1.10",
    timeout: "1.10",
    successExpression: "true",
  })
  expect(of("delete", { paths: ["a", n] })).toEqual({ paths: ["a", "1.10"] })
  expect(of("git-commit", { author: { name: n, email: n }, message: n })).toEqual({
    author: { name: "1.10", email: "1.10" },
    message: "1.10",
  })
  const images = [{ repoURL: n, tag: n }]
  const sources = [{ repoURL: n, kustomize: { images } }]
  expect(of("argocd-update", { apps: [{ name: "a", sources }] })).toEqual({
    apps: [
      {
        name: "a",
        sources: [{ repoURL: "1.10", kustomize: { images: [{ repoURL: "1.10", tag: "1.10" }] } }],
      },
    ],
  })
})

test("what is no text is read as upstream reads it", () => {
  expect(of("git-push", { force: "${{ vars.t }}", maxAttempts: "${{ 3 }}" })).toEqual({
    force: true,
    maxAttempts: 3,
  })
  expect(of("yaml-update", { updates: [{ key: "a", value: n }] })).toEqual({
    updates: [{ key: "a", value: 1.1 }],
  })
  const values = { a: n, b: { c: n } }
  expect(of("set-metadata", { updates: [{ kind: "Stage", name: n, values }] })).toEqual({
    updates: [{ kind: "Stage", name: "1.10", values: { a: 1.1, b: { c: 1.1 } } }],
  })
})

test("open and unknown steps, unknown fields and odd shapes are left as they are", () => {
  expect(of("compose-output", { message: n })).toEqual({ message: 1.1 })
  expect(of("my-step", { message: n })).toEqual({ message: 1.1 })
  expect(of("fail", { message: 7, other: n })).toEqual({ message: 7, other: 1.1 })
  expect(of("fail", { message: "${{ nil }}" })).toEqual({ message: null })
  expect(of("fail", { message: "${{ vars.o }}" })).toEqual({ message: '{"a":1}' })
  expect(of("git-commit", { author: "${{ vars.o }}" })).toEqual({ author: { a: 1 } })
  expect(of("delete", { paths: "${{ [1] }}" })).toEqual({ paths: [1] })
  expect(of("git-commit", { author: [n] })).toEqual({ author: [1.1] })
  expect(of("delete", { paths: { a: n } })).toEqual({ paths: { a: 1.1 } })
  expect(of("fail", "x")).toBe("expected the configuration to be a mapping")
  expect(of("fail", { message: "${{ nope() }}" })).toMatch(/nope|nil/)
})

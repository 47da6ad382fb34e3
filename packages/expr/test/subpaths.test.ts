import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import * as languages from "../src/index.js"

const source = fileURLToPath(new URL("../src", import.meta.url))

/** The files that a file loads, itself included; types load nothing. */
function loadedBy(file: string, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  const text = readFileSync(file, "utf8")
  for (const [statement, path = ""] of text.matchAll(
    /(?:import|export)\s[^"']*?from "(\.[^"]+)"/g,
  )) {
    const isTypes = /^(?:import|export) type\b/.test(statement)
    const names = /\{([\s\S]*)\}/.exec(statement)?.[1]?.split(",") ?? []
    const isAllTypes = names.every((name) => name.trim() === "" || name.trim().startsWith("type "))
    if (isTypes || (names.length > 0 && isAllTypes)) continue
    loadedBy(resolve(dirname(file), path.replace(/\.js$/, ".ts")), seen)
  }
  return seen
}

function foldersOf(language: string): readonly string[] {
  const files = [...loadedBy(join(source, language, "index.ts"))]
  const folders = files.map((file) => relative(source, file).split("/")[0] ?? "")
  return [...new Set(folders)]
    .filter((name) => name !== language && !name.endsWith(".ts"))
    .toSorted()
}

/** Helpers of several languages; everything else that a language loads is another language. */
const shared = new Set(["go", "values", "regexp"])

/** Languages that are made of others, or share their arithmetic and their sort. */
const composed: { readonly [language: string]: readonly string[] } = {
  conditions: ["expr", "govaluate"],
  depends: ["expr", "jsonpath", "presets", "sprig", "semver"],
  expr: ["jsonpath", "presets", "sprig", "semver"],
  gotemplate: ["expr", "sprig", "semver"],
  govaluate: ["expr"],
  kargo: ["expr", "jsonpath", "presets", "sprig", "semver"],
  labels: ["gjson"],
  lua: ["expr"],
  sprig: ["semver"],
  tags: ["expr", "jsonpath", "presets", "sprig", "semver"],
}

const subpaths = readdirSync(source, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !["presets", "testing"].includes(entry.name))
  .map(({ name }) => name)

describe("importing a language loads that language alone", () => {
  test.each(subpaths)("%s", (language) => {
    const others = foldersOf(language).filter((name) => !shared.has(name))
    expect(others.filter((name) => composed[language]?.includes(name) !== true)).toEqual([])
  })
})

describe("one shape for all", () => {
  const sources: { readonly [name: string]: string } = {
    compileConditions: "a && b",
    compileCron: "* * * * *",
    compileDepends: "a",
    compileExpr: "a",
    compileGjson: "a",
    compileGlob: "a*",
    compileGoTemplate: "{{ .a }}",
    compileGovaluate: "a",
    compileJq: ".a",
    compileJsonPath: "{.a}",
    compileKargo: "${{ a }}",
    compileLabels: "a=b",
    compilePlainTags: "{{a}}",
    compileResourceCondition: "a=b",
    compileRolloutsCondition: "true",
    compileSelector: "$.a",
    compileSemver: "^1",
    compileTags: '"{{a}}"',
    compileWhen: "true",
  }
  const compilers = Object.entries(languages).filter(([name]) => /^compile[A-Z]/.test(name))
  test.each(compilers)("%s", (name, compile) => {
    // Paths to remove are a list of places, not a value.
    if (name === "compileJqPaths") return
    const written = sources[name]
    expect(written).toBeDefined()
    const call = compile as (
      source: string,
      options: unknown,
    ) => {
      readonly ok: boolean
      readonly value?: object
    }
    const compiled = call(written ?? "", name === "compileDepends" ? [{ name: "a" }] : {})
    expect(compiled).toMatchObject({
      ok: true,
      value: { evaluate: expect.any(Function), references: expect.any(Array), issues: [] },
    })
  })
})

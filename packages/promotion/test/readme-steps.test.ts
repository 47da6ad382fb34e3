import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { type Field, knownUpstream, type Shape, stepShapes } from "../src/api/step-schemas.js"

/** Every field by its path, and why it is refused, if it is. */
function fieldsOf(shape: Shape, prefix = ""): readonly (readonly [path: string, why?: string])[] {
  return Object.entries(shape.fields).flatMap(([name, field]: [string, Field]) => {
    const path = prefix + name
    if (field.unsupported !== undefined) return [[path, field.unsupported] as const]
    const inner = field.type === "list" ? `${path}[].` : `${path}.`
    return [[path] as const, ...(field.shape === undefined ? [] : fieldsOf(field.shape, inner))]
  })
}

const cell = (entries: readonly string[]): string =>
  entries.length === 0 ? "–" : entries.join(", ")

function row(uses: string): string {
  const shape = stepShapes[uses]
  if (shape === "open" || shape === undefined) return `| \`${uses}\` | anything | – |`
  const all = fieldsOf(shape)
  const supported = all.filter(([, why]) => why === undefined).map(([path]) => `\`${path}\``)
  const refused = all.flatMap(([path, why]) => (why === undefined ? [] : [`\`${path}\` (${why})`]))
  return `| \`${uses}\` | ${cell(supported)} | ${cell(refused)} |`
}

test("the README has every field of every step", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")
  const table = [
    "| step | supported | refused |",
    "| --- | --- | --- |",
    ...Object.keys(stepShapes).toSorted().map(row),
    "",
    `Refused by name: ${[...knownUpstream].map((uses) => `\`${uses}\``).join(", ")}.`,
  ].join("\n")
  const begin = "<!-- steps:begin -->\n"
  const found = readme.slice(
    readme.indexOf(begin) + begin.length,
    readme.indexOf("\n<!-- steps:end -->"),
  )
  expect(found).toBe(table)
})

// Generates, from the TypeScript interfaces in packages/*/src/api, what must never drift from them:
//   src/api/schema.gen.ts     the compact schemas that parsers validate against
//   src/schema/schema.gen.ts  the annotated JSON Schemas for editors and ajv (subpath ./schema)
//   crds/*.yaml               the CustomResourceDefinitions
//   README.md                 the field table between its two markers
// `pnpm generate [package…]` writes; `pnpm generate --check` fails where a file is stale.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { runInNewContext } from "node:vm"
import { dump } from "js-yaml"
import { createGenerator } from "ts-json-schema-generator"

const isCheck = process.argv.includes("--check")
const wanted = process.argv.slice(2).filter((word) => !word.startsWith("--"))
const packages = readdirSync("packages").filter(
  (name) =>
    existsSync(`packages/${name}/src/api`) && (wanted.length === 0 || wanted.includes(name)),
)
const stale = []

function write(path, text) {
  const old = existsSync(path) ? readFileSync(path, "utf8") : undefined
  if (old === text) return
  if (isCheck) stale.push(path)
  else {
    mkdirSync(join(path, ".."), { recursive: true })
    writeFileSync(path, text)
    console.log(`wrote ${path}`)
  }
}

/** Every source file below a folder but tests and generated ones. */
function sources(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/\.(test|test-d|gen)\.ts$/.test(path))
    .toSorted()
}

/** The kinds that `defineKind<X>({ … })` calls of a package describe: plain literals. */
function kindsOf(folder) {
  const kinds = []
  // `foreign.ts` describes kinds of other projects: theirs to define, ours only to read.
  for (const path of sources(folder).filter((each) => !each.endsWith("foreign.ts"))) {
    const text = readFileSync(path, "utf8")
    for (const match of text.matchAll(/Kind<(\w+)>\s*=\s*defineKind(?:<\w+>)?\((\{[^}]*\})\)/g)) {
      const constants = Object.fromEntries(
        [...text.matchAll(/^(?:export )?const (\w+)(?:: \w+)? = ("[^"]*")/gm)].map((each) => [
          each[1],
          JSON.parse(each[2]),
        ]),
      )
      const literal = match[2].replace(/\.\.\.\w+,?/g, "")
      const common = [...text.matchAll(/^const (\w+) = (\{[^}]*\})(?: as const)?$/gm)].find(
        (each) => match[2].includes(`...${each[1]}`),
      )
      const read = (source) => runInNewContext(`(${source})`, constants)
      const base = common === undefined ? {} : read(common[2])
      kinds.push({ type: match[1], ...base, ...read(literal) })
    }
  }
  return kinds.toSorted((a, b) => (a.kind < b.kind ? -1 : 1))
}

const annotations = new Set([
  "description",
  "default",
  "title",
  "examples",
  "differs",
  "upstream",
  "unit",
  "$comment",
])

/** The schema without words: only what decides. */
function compact(node) {
  if (Array.isArray(node)) return node.map(compact)
  if (typeof node !== "object" || node === null) return node
  const out = {}
  for (const [key, value] of Object.entries(node)) {
    if (key === "properties" || key === "definitions") {
      out[key] = Object.fromEntries(
        Object.entries(value).map(([name, inner]) => [name, compact(inner)]),
      )
    } else if (!annotations.has(key)) out[key] = compact(value)
  }
  return out
}

const anything = new Set(["JsonValue"])
const anyObject = new Set(["JsonObject", "UntypedObject"])

function normalise(definitions) {
  const out = {}
  for (const [name, node] of Object.entries(definitions)) {
    if (anything.has(name)) out[name] = {}
    else if (anyObject.has(name)) out[name] = { type: "object" }
    else out[name] = node
  }
  return out
}

/** Only what the kinds reach, sorted. */
function reachable(definitions, roots) {
  const seen = new Set()
  const queue = [...roots]
  while (queue.length > 0) {
    const name = queue.pop()
    if (seen.has(name) || definitions[name] === undefined) continue
    seen.add(name)
    for (const match of JSON.stringify(definitions[name]).matchAll(
      /"\$ref":"#\/definitions\/([^"]+)"/g,
    )) {
      queue.push(decodeURIComponent(match[1]))
    }
  }
  return Object.fromEntries([...seen].toSorted().map((name) => [name, definitions[name]]))
}

/** A structural schema for a CRD: no references, no constants, recursion cut. */
function structural(node, definitions, trail = []) {
  const open = { "x-kubernetes-preserve-unknown-fields": true }
  if (node.$ref !== undefined) {
    const name = decodeURIComponent(node.$ref.split("/").pop())
    if (trail.includes(name) || trail.length > 24) return { ...open, type: "object" }
    const inner = structural(definitions[name] ?? {}, definitions, [...trail, name])
    return node.description === undefined ? inner : { ...inner, description: node.description }
  }
  const about = node.description === undefined ? {} : { description: node.description }
  if (node.unsupported !== undefined) return { ...about, ...open }
  if (node.const !== undefined) return { ...about, type: typeof node.const, enum: [node.const] }
  if (node.anyOf !== undefined) return { ...about, ...open }
  if (Array.isArray(node.type)) {
    const types = node.type.filter((type) => type !== "null")
    if (types.length === 1) return structural({ ...node, type: types[0] }, definitions, trail)
    const isIntOrString = types.length === 2 && types.includes("number") && types.includes("string")
    return isIntOrString ? { ...about, "x-kubernetes-int-or-string": true } : { ...about, ...open }
  }
  if (node.type === "array") {
    return { ...about, type: "array", items: structural(node.items ?? {}, definitions, trail) }
  }
  if (node.type === "object") {
    const out = { ...about, type: "object" }
    if (node.properties !== undefined) {
      out.properties = Object.fromEntries(
        Object.entries(node.properties).map(([name, inner]) => [
          name,
          structural(inner, definitions, trail),
        ]),
      )
      if (node.required?.length > 0) out.required = node.required
    } else if (typeof node.additionalProperties === "object") {
      out.additionalProperties = structural(node.additionalProperties, definitions, trail)
    } else Object.assign(out, open)
    return out
  }
  if (node.type === undefined)
    return { ...about, ...(node.enum ? { type: "string", enum: node.enum } : open) }
  const out = { ...about, type: node.type }
  for (const key of ["enum", "minimum", "maximum", "minLength", "pattern"]) {
    if (node[key] !== undefined) out[key] = node[key]
  }
  return out
}

function crdOf(kind, definitions) {
  const root = definitions[kind.type]
  const properties = {
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: { type: "object" },
  }
  for (const [name, node] of Object.entries(root.properties)) {
    if (!(name in properties)) properties[name] = structural(node, definitions, [kind.type])
  }
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${kind.plural}.${kind.group}` },
    spec: {
      group: kind.group,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.kind.toLowerCase(),
        ...(kind.shortNames === undefined ? {} : { shortNames: kind.shortNames }),
      },
      scope: kind.scope,
      versions: [
        {
          name: kind.version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", properties } },
          ...(kind.hasStatus ? { subresources: { status: {} } } : {}),
        },
      ],
    },
  }
}

const foreignDefinitions =
  /^(ObjectMeta|OwnerReference|ManagedFieldsEntry|JsonValue|JsonObject|LabelSelector.*|Condition)$/

function fieldTable(definitions) {
  const rows = ["| type | supported | refused | differs |", "| --- | --- | --- | --- |"]
  for (const [name, node] of Object.entries(definitions)) {
    if (node.properties === undefined || foreignDefinitions.test(name)) continue
    const supported = []
    const refused = []
    const differs = []
    for (const [field, inner] of Object.entries(node.properties)) {
      if (["apiVersion", "kind", "metadata"].includes(field) && definitions[name].properties.spec)
        continue
      if (inner.unsupported !== undefined) refused.push(`\`${field}\` (${inner.unsupported})`)
      else supported.push(`\`${field}\``)
      const difference = /Differs from [^:]+: ([^\n]+)/.exec(inner.description ?? "")
      if (difference !== null) differs.push(`\`${field}\`: ${difference[1]}`)
    }
    const cell = (list) =>
      list.length === 0 ? "–" : list.join(", ").replaceAll("|", "\\|").replaceAll("\n", " ")
    rows.push(`| ${name} | ${cell(supported)} | ${cell(refused)} | ${cell(differs)} |`)
  }
  return rows.join("\n")
}

for (const name of packages) {
  const folder = `packages/${name}`
  const kinds = kindsOf(`${folder}/src/api`)
  if (kinds.length === 0) continue
  const generator = createGenerator({
    path: `${folder}/src/api/**/!(*.test|*.gen|*.test-d).ts`,
    tsconfig: `${folder}/tsconfig.core.json`,
    type: "*",
    expose: "all",
    jsDoc: "extended",
    skipTypeCheck: true,
    additionalProperties: false,
    extraTags: ["unsupported", "differs", "upstream", "unit"],
    encodeRefs: true,
  })
  const all = {}
  for (const kind of kinds) Object.assign(all, generator.createSchema(kind.type).definitions)
  const definitions = reachable(
    normalise(all),
    kinds.map((kind) => kind.type),
  )
  const bundle = { definitions }
  write(
    `${folder}/src/api/schema.gen.ts`,
    `// Generated by \`pnpm generate\` from the interfaces of this folder. Do not edit.\nimport { lazyBundle, type SchemaBundle } from "@argo-ts/kernel/validation"\n\n/** What \`validate\` holds the kinds of this package against; definitions carry the names of the interfaces. */\nexport const schemas: () => SchemaBundle = lazyBundle(\n  ${JSON.stringify(JSON.stringify(compact(bundle)))},\n)\n`,
  )
  write(
    `${folder}/src/schema/schema.gen.ts`,
    `// Generated by \`pnpm generate\` from the interfaces in src/api. Do not edit.\n\n/** JSON Schema (draft-07) of every kind of this package, by kind, with descriptions; for ajv and editors. */\nexport const jsonSchemas: () => { readonly [kind: string]: object } = () => {\n  const definitions = JSON.parse(\n    ${JSON.stringify(JSON.stringify(definitions))},\n  ) as object\n  const schema = "http://json-schema.org/draft-07/schema#"\n  return Object.fromEntries(\n    ${JSON.stringify(kinds.map((kind) => kind.type))}.map((kind) => [\n      kind,\n      { $schema: schema, $ref: \`#/definitions/\${kind}\`, definitions },\n    ]),\n  )\n}\n`,
  )
  write(
    `${folder}/src/schema/index.ts`,
    `/**\n * JSON Schemas of the kinds of this package, generated from their interfaces.\n *\n * @packageDocumentation\n */\nexport { jsonSchemas } from "./schema.gen.js"\n`,
  )
  for (const kind of kinds) {
    if (kind.group === "") continue
    const text = dump(crdOf(kind, definitions), { lineWidth: -1, noRefs: true })
    write(
      `${folder}/crds/${kind.group}_${kind.plural}.yaml`,
      `# Generated by \`pnpm generate\`. Do not edit.\n${text}`,
    )
  }
  const readme = `${folder}/README.md`
  if (existsSync(readme)) {
    const text = readFileSync(readme, "utf8")
    const markers = /(<!-- fields:begin -->)[\s\S]*?(<!-- fields:end -->)/
    if (markers.test(text))
      write(
        readme,
        text.replace(
          markers,
          () => `<!-- fields:begin -->\n${fieldTable(definitions)}\n<!-- fields:end -->`,
        ),
      )
  }
}
if (stale.length > 0) {
  console.error(`stale, run \`pnpm generate\`:\n  ${stale.join("\n  ")}`)
  process.exitCode = 1
}

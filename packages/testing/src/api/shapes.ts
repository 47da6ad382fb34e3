/** What a field of a scenario may hold. */
export type Shape =
  | "any"
  | "object"
  | "text"
  | "number"
  | "probability"
  | "true"
  | "duration"
  | "instant"
  | "single"
  | "state"
  | { readonly list: Shape }
  | ObjectShape

/** A mapping with these fields and no others. */
export interface ObjectShape {
  readonly fields: { readonly [name: string]: Shape }
  readonly required?: readonly string[]
  readonly exactlyOne?: readonly (readonly string[])[]
  readonly atMostOne?: readonly (readonly string[])[]
}

const metric: ObjectShape = {
  fields: { address: "text", query: "text", value: "any", json: "any", status: "number" },
  required: ["address"],
  exactlyOne: [["value", "json", "status"]],
}

const commit: ObjectShape = {
  fields: { repository: "text", branch: "text", message: "text", files: "object", tag: "text" },
  required: ["repository", "message", "files"],
}

const faults: ObjectShape = {
  fields: {
    conflicts: "probability",
    errors: "probability",
    lostAnswers: "probability",
    brokenWatches: "probability",
    duplicateEvents: "probability",
  },
}

const patch: ObjectShape = {
  fields: {
    object: "single",
    merge: "object",
    strategic: "object",
    json: { list: "object" },
    subresource: "text",
  },
  required: ["object"],
  exactlyOne: [["merge", "strategic", "json"]],
}

const actionFields: { readonly [name: string]: Shape } = {
  apply: "any",
  applyFile: "text",
  create: "object",
  patch,
  delete: "single",
  metric,
  commit,
  faults,
  advance: "duration",
  restart: "true",
}

const action: ObjectShape = { fields: actionFields, exactlyOne: [Object.keys(actionFields)] }

const moment: ObjectShape = {
  fields: {
    at: "duration",
    after: "duration",
    note: "text",
    when: { list: action },
    expect: "state",
    within: "duration",
  },
  atMostOne: [["at", "after"]],
}

/** The shape of a scenario document: one table for the parser and for the JSON Schema. */
export const scenarioShape: ObjectShape = {
  fields: {
    apiVersion: "text",
    kind: "text",
    metadata: { fields: { name: "text", description: "text" }, required: ["name"] },
    start: "instant",
    seed: "number",
    given: {
      fields: {
        files: { list: "text" },
        objects: { list: "object" },
        metrics: { list: metric },
        commits: { list: commit },
        faults,
      },
    },
    story: { list: moment },
    never: { list: "state" },
  },
  required: ["apiVersion", "kind", "metadata", "story"],
}

const textShapes: { readonly [shape: string]: object } = {
  any: {},
  object: { type: "object" },
  text: { type: "string" },
  number: { type: "number" },
  probability: { type: "number", minimum: 0, maximum: 1 },
  true: { const: true },
  duration: { type: "string", pattern: "^(0|([0-9.]+(ns|us|µs|ms|s|m|h))+)$" },
  instant: { type: "string", format: "date-time" },
  single: { type: "string", pattern: "^[A-Z][A-Za-z0-9]*(\\.[a-z0-9.-]+)?/([a-z0-9-]+/)?[^/*]+$" },
  state: { type: "object", additionalProperties: { type: ["string", "object"] } },
}

function toSchema(shape: Shape): object {
  if (typeof shape === "string") return textShapes[shape] ?? {}
  if ("list" in shape) return { type: "array", items: toSchema(shape.list) }
  const properties = Object.fromEntries(
    Object.entries(shape.fields).map(([name, field]) => [name, toSchema(field)]),
  )
  const choices = (shape.exactlyOne ?? []).map((names) => ({
    oneOf: names.map((name) => ({ required: [name] })),
  }))
  return {
    type: "object",
    properties,
    additionalProperties: false,
    ...(shape.required === undefined ? {} : { required: shape.required }),
    ...(choices.length === 0 ? {} : { allOf: choices }),
  }
}

/** The JSON Schema (draft 2020-12) of scenario files, for editors. */
export function scenarioSchema(): object {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Scenario",
    ...toSchema(scenarioShape),
  }
}

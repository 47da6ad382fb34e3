import { type Issue, type IssuePath, isJsonObject, type JsonValue, own } from "@argo-ts/kernel"
import { nearestName } from "@argo-ts/kernel/validation"
import type { PromotionStep } from "./common.js"

/** What a field of a step's configuration may hold. */
interface Field {
  readonly type: "text" | "number" | "boolean" | "list" | "mapping" | "any" | "path"
  readonly isRequired?: boolean
  /** Known upstream, refused here: why. */
  readonly unsupported?: string
  /** Fields of a mapping, or of each entry of a list. */
  readonly fields?: Fields
  readonly oneOf?: readonly string[]
}

type Fields = { readonly [name: string]: Field }

const text: Field = { type: "text" }
const path: Field = { type: "path" }
const flag: Field = { type: "boolean" }
const number: Field = { type: "number" }
const list: Field = { type: "list" }
const required = (field: Field): Field => ({ ...field, isRequired: true })
const refused = (unsupported: string): Field => ({ type: "any", unsupported })
const tls = refused("certificates are always verified")

const author: Field = {
  type: "mapping",
  fields: {
    name: required(text),
    email: required(text),
    signingKey: refused("signing is not built yet"),
  },
}
const pairs: Fields = { name: required(text), value: required(text) }
const updates: Field = {
  type: "list",
  isRequired: true,
  fields: { key: required(text), value: required({ type: "any" }) },
}

/** Configuration of every step that is built, as upstream's closed schemas have it. */
const steps: { readonly [uses: string]: Fields | "open" } = {
  "git-clone": {
    repoURL: required(text),
    checkout: {
      type: "list",
      isRequired: true,
      fields: {
        path: required(path),
        branch: text,
        commit: text,
        tag: text,
        as: text,
        create: flag,
        sparse: refused("sparse checkouts are not built yet"),
      },
    },
    author,
    blobless: flag,
    recurseSubmodules: refused("submodules are not built yet"),
    insecureSkipTLSVerify: tls,
  },
  "git-clear": { path: required(path) },
  "git-commit": { path: required(path), message: required(text), author },
  "git-push": {
    path: required(path),
    targetBranch: text,
    generateTargetBranch: flag,
    tag: refused("tags are not pushed yet"),
    force: flag,
    maxAttempts: number,
    provider: text,
  },
  copy: { inPath: required(path), outPath: required(path), ignore: text },
  delete: { path, paths: list, pathsAreGlobs: refused("globs are not built yet"), strict: flag },
  "yaml-update": { path: required(path), updates },
  http: {
    method: text,
    url: required(text),
    headers: { type: "list", fields: pairs },
    queryParams: { type: "list", fields: pairs },
    body: text,
    bodyFromFile: refused("bodies from files are not built yet"),
    timeout: text,
    pollInterval: text,
    proxy: refused("proxies are not built yet"),
    insecureSkipTLSVerify: tls,
    responseContentType: text,
    outputs: { type: "list", fields: { name: required(text), fromExpression: required(text) } },
    successExpression: text,
    failureExpression: text,
    errorExpression: text,
  },
  "argocd-update": {
    apps: {
      type: "list",
      isRequired: true,
      fields: {
        name: text,
        selector: refused("name the application instead"),
        namespace: text,
        sources: {
          type: "list",
          fields: {
            repoURL: required(text),
            chart: text,
            desiredRevision: text,
            updateTargetRevision: flag,
            helm: refused("Helm sources are not built yet"),
            kustomize: {
              type: "mapping",
              fields: {
                images: {
                  type: "list",
                  isRequired: true,
                  fields: { repoURL: required(text), newName: text, tag: text, digest: text },
                },
              },
            },
          },
        },
      },
    },
  },
  "compose-output": "open",
  "set-metadata": {
    updates: {
      type: "list",
      isRequired: true,
      fields: {
        kind: { type: "text", isRequired: true, oneOf: ["Stage", "Freight"] },
        name: required(text),
        values: required({ type: "mapping" }),
      },
    },
  },
  fail: { message: text },
}

/** Steps that run here, sorted. */
export const supportedSteps: readonly string[] = Object.keys(steps).toSorted()

const knownUpstream = new Set(
  "git-tag git-open-pr git-wait-for-pr git-merge-pr github-push file-write tar untar yaml-parse json-parse toml-parse yaml-merge json-update toml-update kustomize-set-image kustomize-build helm-template helm-update-chart argocd-wait http-download oci-download oci-push set-freight-alias".split(
    " ",
  ),
)

function isTemplate(value: unknown): boolean {
  return typeof value === "string" && /\$\{\{|\$\{%/.test(value)
}

function hasType(value: JsonValue, type: Field["type"]): boolean {
  switch (type) {
    case "text":
    case "path":
      return typeof value === "string"
    case "number":
      return typeof value === "number"
    case "boolean":
      return typeof value === "boolean"
    case "list":
      return Array.isArray(value)
    case "mapping":
      return isJsonObject(value)
    default:
      return true
  }
}

/** True for a path that stays inside the work directory by its text. */
export function isInnerPath(value: string): boolean {
  return !value.startsWith("/") && !value.split(/[/\\]/).includes("..") && !value.includes("\0")
}

const words: { readonly [type in Field["type"]]: string } = {
  text: "a text",
  path: "a path",
  number: "a number",
  boolean: "true or false",
  list: "a list",
  mapping: "a mapping",
  any: "a value",
}

function valueIssues(at: IssuePath, value: JsonValue, field: Field): readonly Issue[] {
  if (field.unsupported !== undefined) {
    const message = `is known upstream, but not supported: ${field.unsupported}`
    return [{ code: "UnsupportedField", path: at, message }]
  }
  if (isTemplate(value) && field.type !== "path") return []
  if (!hasType(value, field.type)) {
    const message = `expected ${words[field.type]}, found ${JSON.stringify(value)?.slice(0, 60)}`
    return [{ code: "InvalidValue", path: at, message }]
  }
  if (field.type === "path" && !isInnerPath(value as string)) {
    const message = `expected a path inside the work directory, found ${JSON.stringify(value)}`
    return [{ code: "InvalidValue", path: at, message }]
  }
  if (field.oneOf !== undefined && !field.oneOf.includes(value as string)) {
    const message = `expected one of ${field.oneOf.join(", ")}, found ${JSON.stringify(value)}`
    return [{ code: "InvalidValue", path: at, message }]
  }
  if (field.fields === undefined) return []
  // Descends along `steps` above, which is four levels deep.
  const { fields } = field
  if (Array.isArray(value))
    return value.flatMap((item: JsonValue, index) => mappingIssues([...at, index], item, fields))
  return mappingIssues(at, value, fields)
}

function mappingIssues(at: IssuePath, value: JsonValue, fields: Fields): readonly Issue[] {
  if (isTemplate(value)) return []
  if (!isJsonObject(value))
    return [
      {
        code: "InvalidValue",
        path: at,
        message: `expected a mapping, found ${JSON.stringify(value)?.slice(0, 60)}`,
      },
    ]
  const issues: Issue[] = []
  for (const [name, inner] of Object.entries(value)) {
    const field = own(fields, name)
    if (field !== undefined) issues.push(...valueIssues([...at, name], inner, field))
    else {
      const near = nearestName(name, Object.keys(fields))
      const hint = near === undefined ? {} : { hint: `did you mean ${near}?` }
      issues.push({
        code: "UnknownField",
        path: [...at, name],
        message: "is not a field of this step",
        ...hint,
      })
    }
  }
  for (const [name, field] of Object.entries(fields)) {
    if (field.isRequired === true && !Object.hasOwn(value, name))
      issues.push({
        code: "InvalidValue",
        path: [...at, name],
        message: "is required, and missing",
      })
  }
  return issues
}

/** What is wrong with the configuration of a step; templates that are not evaluated yet pass. */
export function configIssues(
  uses: string,
  config: JsonValue,
  at: IssuePath = [],
): readonly Issue[] {
  const fields = own(steps, uses)
  if (fields === undefined) return []
  return fields === "open" ? [] : mappingIssues(at, config, fields)
}

/** What is wrong with a step: which step it is, and its configuration. Steps in `others` judge theirs themselves. */
export function stepIssues(
  at: IssuePath,
  step: PromotionStep,
  others: readonly string[] = [],
): readonly Issue[] {
  const { uses } = step
  if (uses !== undefined && others.includes(uses) && !Object.hasOwn(steps, uses)) return []
  if (uses === undefined || uses === "")
    return [{ code: "InvalidValue", path: [...at, "uses"], message: "is required, and missing" }]
  if (!Object.hasOwn(steps, uses)) {
    if (knownUpstream.has(uses)) {
      const message = `the step ${uses} is known upstream, but not supported yet`
      return [{ code: "UnsupportedField", path: [...at, "uses"], message }]
    }
    const near = nearestName(uses, supportedSteps)
    const hint = near === undefined ? {} : { hint: `did you mean ${near}?` }
    const message = `expected one of ${supportedSteps.join(", ")}, found ${JSON.stringify(uses)}`
    return [{ code: "InvalidValue", path: [...at, "uses"], message, ...hint }]
  }
  return configIssues(uses, step.config ?? {}, [...at, "config"])
}

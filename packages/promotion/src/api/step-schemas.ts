/** What a mapping may hold, and which of its fields go together. */
export interface Shape {
  readonly fields: { readonly [name: string]: Field }
  /** Exactly one of these must be there. */
  readonly exactlyOne?: readonly string[]
  /** No more than one of these may be there; `false` counts as absent. */
  readonly atMostOne?: readonly string[]
  /** The first of each pair needs the second. */
  readonly needs?: readonly (readonly [field: string, needed: string])[]
}

/** What a field of a step's configuration may hold. */
export interface Field {
  readonly type:
    | "text"
    | "path"
    | "duration"
    /** An expression without `${{ }}`. */
    | "expression"
    | "count"
    | "boolean"
    | "list"
    | "mapping"
    | "any"
  readonly isRequired?: boolean
  /** Known upstream, refused here: why. `false` is accepted: it asks for nothing. */
  readonly unsupported?: string
  /** Of a mapping, or of each entry of a list. */
  readonly shape?: Shape
  /** Of each entry of a list. */
  readonly items?: Field
  readonly oneOf?: readonly string[]
}

const text: Field = { type: "text" }
const path: Field = { type: "path" }
const duration: Field = { type: "duration" }
const expression: Field = { type: "expression" }
const flag: Field = { type: "boolean" }
const count: Field = { type: "count" }
const required = (field: Field): Field => ({ ...field, isRequired: true })
const listOf = (shape: Shape): Field => ({ type: "list", shape })
const refused = (unsupported: string): Field => ({ type: "any", unsupported })
const tls = refused("certificates are always verified")

const author: Field = {
  type: "mapping",
  shape: {
    fields: {
      name: required(text),
      email: required(text),
      signingKey: refused("signing is not built yet"),
    },
  },
}

const checkout: Shape = {
  fields: {
    path: required(path),
    branch: text,
    commit: text,
    tag: text,
    as: text,
    create: flag,
    sparse: refused("sparse checkouts are not built yet"),
  },
  atMostOne: ["branch", "commit", "tag"],
}

const pairs: Field = listOf({ fields: { name: required(text), value: required(text) } })

const http: Shape = {
  fields: {
    method: text,
    url: required(text),
    headers: pairs,
    queryParams: pairs,
    body: text,
    bodyFromFile: path,
    timeout: duration,
    pollInterval: duration,
    proxy: refused("proxies are not built yet"),
    insecureSkipTLSVerify: tls,
    responseContentType: text,
    outputs: listOf({ fields: { name: required(text), fromExpression: required(expression) } }),
    successExpression: expression,
    failureExpression: expression,
    errorExpression: expression,
  },
  atMostOne: ["body", "bodyFromFile"],
}

const images: Shape = {
  fields: { repoURL: required(text), newName: text, tag: text, digest: text },
  exactlyOne: ["tag", "digest"],
}

const applicationSource: Shape = {
  fields: {
    repoURL: required(text),
    chart: text,
    desiredRevision: text,
    updateTargetRevision: flag,
    helm: {
      type: "mapping",
      shape: {
        fields: {
          images: required(listOf({ fields: { key: required(text), value: required(text) } })),
        },
      },
    },
    kustomize: { type: "mapping", shape: { fields: { images: required(listOf(images)) } } },
  },
  needs: [["updateTargetRevision", "desiredRevision"]],
}

const selector: Field = {
  type: "mapping",
  shape: {
    fields: {
      matchLabels: { type: "mapping" },
      matchExpressions: listOf({
        fields: {
          key: required(text),
          operator: { ...required(text), oneOf: ["In", "NotIn", "Exists", "DoesNotExist"] },
          values: { type: "list", items: text },
        },
      }),
    },
  },
}

/** Configuration of every step that is built, as upstream's closed schemas have it; `open` takes anything. */
export const stepShapes: { readonly [uses: string]: Shape | "open" } = {
  "git-clone": {
    fields: {
      repoURL: required(text),
      checkout: required(listOf(checkout)),
      author,
      blobless: flag,
      recurseSubmodules: refused("submodules are not built yet"),
      insecureSkipTLSVerify: tls,
    },
  },
  "git-clear": { fields: { path: required(path) } },
  "git-commit": { fields: { path: required(path), message: required(text), author } },
  "git-push": {
    fields: {
      path: required(path),
      targetBranch: text,
      generateTargetBranch: flag,
      tag: refused("tags are not pushed yet"),
      force: flag,
      maxAttempts: count,
      provider: { type: "text", oneOf: ["azure", "bitbucket", "gitea", "github", "gitlab"] },
    },
    atMostOne: ["targetBranch", "generateTargetBranch", "tag"],
  },
  copy: { fields: { inPath: required(path), outPath: required(path), ignore: text } },
  delete: {
    fields: {
      path,
      paths: { type: "list", items: path },
      pathsAreGlobs: flag,
      strict: flag,
    },
    exactlyOne: ["path", "paths"],
  },
  "yaml-update": {
    fields: {
      path: required(path),
      updates: required(
        listOf({ fields: { key: required(text), value: required({ type: "any" }) } }),
      ),
    },
  },
  http,
  "argocd-update": {
    fields: {
      apps: required(
        listOf({
          fields: { name: text, selector, namespace: text, sources: listOf(applicationSource) },
          exactlyOne: ["name", "selector"],
        }),
      ),
    },
  },
  "compose-output": "open",
  "set-metadata": {
    fields: {
      updates: required(
        listOf({
          fields: {
            kind: { ...required(text), oneOf: ["Stage", "Freight"] },
            name: required(text),
            values: required({ type: "mapping" }),
          },
        }),
      ),
    },
  },
  fail: { fields: { message: text } },
}

/** Steps of upstream that are not built. */
export const knownUpstream: ReadonlySet<string> = new Set(
  "git-tag git-open-pr git-wait-for-pr git-merge-pr github-push file-write tar untar yaml-parse json-parse toml-parse yaml-merge json-update toml-update kustomize-set-image kustomize-build helm-template helm-update-chart argocd-wait http-download oci-download oci-push set-freight-alias".split(
    " ",
  ),
)

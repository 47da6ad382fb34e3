import type { Environment } from "@argo-ts/expr"
import { compileKargo, renderKargo } from "@argo-ts/expr/kargo"
import { fromValue, GoFunc, type Value } from "@argo-ts/expr/values"
import {
  failed,
  type Issue,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  ok,
  own,
  type Result,
} from "@argo-ts/kernel"
import type { ExpressionVariable, FreightReference } from "../api/common.js"
import type { Freight } from "../api/freight.js"
import { originKey } from "./references.js"
import { normalizeGitUrl } from "./repository-names.js"

const any = { kind: "any", name: "interface {}" } as const
const functionType = {
  kind: "func",
  name: "func(...interface {}) interface {}",
  params: [any],
  results: [any],
  variadic: true,
} as const

/** A function of any arguments. What it throws becomes the issue of the expression that calls it. */
function callable(call: (args: readonly Value[]) => Value): GoFunc {
  return new GoFunc(functionType, call)
}

/** Where evaluation of a template ends in an error of a function. */
class LookupError extends Error {
  override readonly name = "LookupError"
}

function originOf(value: Value | undefined): string | undefined {
  if (typeof value !== "object" || value === null) return undefined
  const { Kind, Name } = value as { readonly Kind?: Value; readonly Name?: Value }
  return typeof Name === "string" ? `${String(Kind)}/${Name}` : undefined
}

interface Found {
  readonly repoURL: string
}

/** The one artifact that matches; none is nil, two are an error, for nobody could tell which was meant. */
function lookUp<T extends Found>(
  freight: readonly FreightReference[],
  of: (reference: FreightReference) => readonly T[],
  [repository, origin]: readonly Value[],
  normalize: (url: string) => string,
): T | undefined {
  const wanted = typeof repository === "string" ? normalize(repository) : ""
  const key = originOf(origin)
  const found = freight
    .filter((reference) => key === undefined || originKey(reference.origin) === key)
    .flatMap((reference) => of(reference).filter(({ repoURL }) => normalize(repoURL) === wanted))
  if (found.length > 1)
    throw new LookupError(
      `more than one artifact of ${wanted}: name the origin, as in imageFrom(repository, warehouse("name"))`,
    )
  return found[0]
}

/** `warehouse`, `commitFrom`, `imageFrom` over some Freight (spec/promotion §2.9.6). */
export function artifactFunctions(freight: readonly FreightReference[]): {
  readonly [name: string]: Value
} {
  return {
    warehouse: callable(([name]) => ({
      Kind: "Warehouse",
      Name: typeof name === "string" ? name : "",
    })),
    commitFrom: callable((args) => {
      const found = lookUp(freight, ({ commits = [] }) => commits, args, normalizeGitUrl)
      if (found === undefined) return null
      return {
        RepoURL: found.repoURL,
        ID: found.id,
        Branch: found.branch ?? "",
        Tag: found.tag ?? "",
        Message: found.message ?? "",
        Author: found.author ?? "",
        Committer: found.committer ?? "",
        SubscriptionName: found.subscriptionName ?? "",
      }
    }),
    imageFrom: callable((args) => {
      const found = lookUp(
        freight,
        ({ images = [] }) => images,
        args,
        (url) => url,
      )
      if (found === undefined) return null
      return {
        RepoURL: found.repoURL,
        Tag: found.tag ?? "",
        Digest: found.digest ?? "",
        Annotations: found.annotations ?? {},
        SubscriptionName: found.subscriptionName ?? "",
      }
    }),
  }
}

/** What promotion expressions see. */
export interface ExpressionScope {
  readonly project: string
  readonly stage: string
  readonly promotion?: string
  readonly actor?: string
  /** Alias of the step. */
  readonly step?: string
  readonly targetFreight?: Freight
  /** Freight of every origin that the Stage asks for. */
  readonly freight: readonly FreightReference[]
  readonly freightMetadata?: (name: string) => JsonValue | undefined
  readonly stageMetadata?: (name: string) => JsonValue | undefined
  /** Outputs by alias. */
  readonly outputs?: { readonly [alias: string]: JsonValue }
  /** Status of earlier steps, by alias: only where the status functions exist. */
  readonly statuses?: ReadonlyMap<
    string,
    { readonly status: string; readonly continueOnError: boolean }
  >
}

function statusFunctions(statuses: NonNullable<ExpressionScope["statuses"]>): {
  readonly [name: string]: Value
} {
  const hasFailed = [...statuses.values()].some(
    ({ status, continueOnError }) =>
      !continueOnError && (status === "Failed" || status === "Errored"),
  )
  return {
    always: callable(() => true),
    success: callable(() => !hasFailed),
    failure: callable(() => hasFailed),
    status: callable(([alias]) => statuses.get(String(alias))?.status ?? ""),
  }
}

/** The environment of a promotion's expressions, without `vars`. */
export function environmentOf(scope: ExpressionScope): { readonly [name: string]: Value } {
  const { targetFreight, promotion, step, actor } = scope
  const target =
    targetFreight === undefined
      ? {}
      : {
          targetFreight: {
            name: targetFreight.metadata.name ?? "",
            alias: targetFreight.alias ?? "",
            origin: { name: targetFreight.origin.name },
          },
        }
  return {
    ctx: {
      uiBaseUrl: "",
      project: scope.project,
      stage: scope.stage,
      promotion: promotion ?? "",
      ...target,
      meta: { promotion: { actor: actor ?? "", rollback: false }, step: { alias: step ?? "" } },
    },
    ...artifactFunctions(scope.freight),
    freightMetadata: callable(([name]) => scope.freightMetadata?.(String(name)) ?? null),
    stageMetadata: callable(([name]) => scope.stageMetadata?.(String(name)) ?? null),
    ...(scope.outputs === undefined ? {} : { outputs: scope.outputs }),
    ...(scope.statuses === undefined ? {} : statusFunctions(scope.statuses)),
  }
}

function refused(message: string): Result<never> {
  return failed([{ code: "FailedExpression", path: [], message }])
}

function guarded<T>(evaluate: () => Result<T, Issue>): Result<T, Issue> {
  try {
    return evaluate()
  } catch (error) {
    return refused(error instanceof Error ? error.message : String(error))
  }
}

/** One text as JSON: a string, a number, a boolean or whatever the rendered text reads as. */
export function evaluateText(source: string, environment: Environment): Result<JsonValue, Issue> {
  return guarded(() => {
    const compiled = compileKargo(source)
    if (!compiled.ok) return failed(compiled.issues)
    const result = compiled.value.evaluate(environment)
    return result.ok ? ok(fromValue(result.value)) : failed(result.issues)
  })
}

/** A whole configuration; every text value in it is a template. */
export function evaluateConfig(
  config: JsonValue,
  environment: Environment,
): Result<JsonObject, Issue> {
  if (!isJsonObject(config)) return refused("expected the configuration to be a mapping")
  return guarded(() => renderKargo(config, environment))
}

/** An expression that must be true or false; a text is read as either. */
export function evaluateBoolean(
  program: { readonly evaluate: (environment: Environment) => Result<Value, Issue> },
  environment: Environment,
): boolean | { readonly error: string } {
  const result = guarded(() => program.evaluate(environment))
  if (!result.ok) return { error: result.issues[0]?.message ?? "the expression failed" }
  if (typeof result.value === "boolean") return result.value
  const text = String(result.value)
  if (text === "true" || text === "false") return text === "true"
  return { error: `expected true or false, found ${JSON.stringify(text)}` }
}

/** Variables in order: each may use the ones before it. The first that fails ends it. */
export function evaluateVariables(
  variables: readonly ExpressionVariable[],
  environment: { readonly [name: string]: Value },
): Result<{ readonly [name: string]: Value }, Issue> {
  let known: { readonly [name: string]: Value } = environment
  let vars: { readonly [name: string]: Value } = {}
  const before = own(environment as { readonly [name: string]: Value }, "vars")
  if (typeof before === "object" && before !== null)
    vars = before as { readonly [name: string]: Value }
  for (const { name, value = "" } of variables) {
    const result = evaluateText(value, { ...known, vars })
    if (!result.ok) {
      const message = `variable ${name}: ${result.issues[0]?.message ?? "failed"}`
      return failed([{ code: "FailedExpression", path: [], message }])
    }
    vars = { ...vars, [name]: result.value }
    known = { ...known, vars }
  }
  return ok({ ...known, vars })
}

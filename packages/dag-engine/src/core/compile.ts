import type { JsonValue } from "@argo-ts/kernel"
import type { Artifact } from "../api/artifact.js"
import type { Parameter } from "../api/parameter.js"
import type { NodeType } from "../api/status.js"
import type { RetryStrategy } from "../api/step.js"
import type { Template } from "../api/template.js"
import { artifactSource } from "./artifact-source.js"
import { optionalExpression, optionalScalar, optionalText } from "./compile-call.js"
import type {
  CompiledInput,
  CompiledOutput,
  CompiledOutputArtifact,
  CompiledRetry,
  CompiledTemplate,
  TemplateKind,
  TemplateScope,
} from "./compile-types.js"
import { compileUnits } from "./compile-units.js"
import { compileConfigMapRef } from "./config-map-values.js"
import { compileJson, type JsonText } from "./json-text.js"
import { compileText } from "./languages.js"

const nodeTypes: { readonly [Kind in TemplateKind]: NodeType } = {
  container: "Pod",
  script: "Pod",
  steps: "Steps",
  dag: "DAG",
  suspend: "Suspend",
  resource: "Pod",
  data: "Pod",
  containerSet: "Pod",
  http: "HTTP",
  plugin: "Plugin",
}

const kinds = Object.keys(nodeTypes) as readonly TemplateKind[]

/** The kind of a template, or `undefined` where it is none that runs here. */
export function kindOf(template: Template): TemplateKind | undefined {
  return kinds.find((kind) => template[kind] !== undefined)
}

/** Makes a template ready to run. `name` stands in for the missing name of an inline template. */
export function compileTemplate(
  source: Template,
  scope: TemplateScope,
  fallbackRetry: RetryStrategy | undefined,
): CompiledTemplate | undefined {
  const kind = kindOf(source)
  if (kind === undefined) return undefined
  const retry = source.retryStrategy ?? fallbackRetry
  const displayName = source.annotations?.["workflows.argoproj.io/display-name"]
  return {
    name: source.name ?? "",
    kind,
    nodeType: nodeTypes[kind],
    source,
    scope,
    inputs: (source.inputs?.parameters ?? []).map(compileInput),
    inputArtifacts: source.inputs?.artifacts ?? [],
    body: compileBody(source),
    ...compileUnits(source),
    retry: retry === undefined ? undefined : compileRetry(retry),
    memoize:
      source.memoize === undefined
        ? undefined
        : compileJson(source.memoize as unknown as JsonValue),
    synchronization:
      source.synchronization === undefined
        ? undefined
        : compileJson(source.synchronization as unknown as JsonValue),
    outputs: (source.outputs?.parameters ?? []).map(compileOutput),
    outputTexts: compileOutputTexts(source.outputs?.parameters),
    outputArtifacts: (source.outputs?.artifacts ?? []).map(compileOutputArtifact),
    displayName: displayName === undefined ? undefined : compileText(displayName),
    parallelism: source.parallelism ?? 0,
    failFast: source.failFast === true,
  }
}

function compileInput(parameter: Parameter): CompiledInput {
  return {
    name: parameter.name,
    configMap: compileConfigMapRef(parameter),
    default: optionalScalar(parameter.value ?? parameter.default ?? parameter.valueFrom?.default),
    declared: parameter,
  }
}

function compileOutput(parameter: Parameter): CompiledOutput {
  const from = parameter.valueFrom
  return {
    name: parameter.name,
    globalName: parameter.globalName,
    default: optionalScalar(from?.default ?? parameter.default),
    text: optionalText(from?.parameter ?? parameter.value),
    expression: optionalExpression(from?.expression),
    isSupplied: from?.supplied !== undefined,
  }
}

function compileOutputTexts(parameters: readonly Parameter[] | undefined): JsonText | undefined {
  if (parameters === undefined) return undefined
  const texts = compileJson(parameters as unknown as JsonValue)
  return texts.isLiteral ? undefined : texts
}

function compileOutputArtifact(declared: Artifact): CompiledOutputArtifact {
  return {
    name: declared.name,
    ...artifactSource(declared),
    isOptional: declared.optional === true,
    declared,
  }
}

/** Leaves: everything but what only the engine reads. */
function compileBody(source: Template): JsonText | undefined {
  const { steps, dag, inputs, retryStrategy: _retry, annotations: _notes, ...body } = source
  if (steps !== undefined || dag !== undefined) return undefined
  const artifacts = inputs?.artifacts === undefined ? {} : { artifacts: inputs.artifacts }
  const text = compileJson({ ...body, inputs: artifacts } as unknown as JsonValue)
  return text.isLiteral ? undefined : text
}

function compileRetry(strategy: RetryStrategy): CompiledRetry {
  const { backoff } = strategy
  return {
    limit: optionalText(strategy.limit),
    policy: strategy.retryPolicy ?? (strategy.expression === undefined ? "OnFailure" : "Always"),
    backoff:
      backoff === undefined
        ? undefined
        : {
            duration: optionalText(backoff.duration),
            factor: optionalText(backoff.factor),
            maxDuration: optionalText(backoff.maxDuration),
            cap: optionalText(backoff.cap),
          },
    expression: optionalExpression(strategy.expression),
  }
}

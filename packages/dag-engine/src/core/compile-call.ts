import type { JsonValue } from "@argo-ts/kernel"
import type { Artifact } from "../api/artifact.js"
import type { Arguments, Parameter } from "../api/parameter.js"
import type { LifecycleHook } from "../api/step.js"
import type { Template } from "../api/template.js"
import { artifactSource } from "./artifact-source.js"
import type {
  CompiledArgument,
  CompiledArtifactArgument,
  CompiledCall,
  CompiledHook,
} from "./compile-types.js"
import { compileConfigMapRef } from "./config-map-values.js"
import { compileJson } from "./json-text.js"
import { compileTemplated, compileText, type Expression, type Text } from "./languages.js"

/** A scalar of YAML as the string that Argo makes of it. */
export function scalarText(value: string | number | boolean): string {
  return typeof value === "string" ? value : String(value)
}

/** `scalarText` of what may be absent. */
export function optionalScalar(value: string | number | boolean | undefined): string | undefined {
  return value === undefined ? undefined : scalarText(value)
}

/** A scalar that may be absent, its tags parsed. */
export function optionalText(value: string | number | boolean | undefined): Text | undefined {
  return value === undefined ? undefined : compileText(scalarText(value))
}

/** An expression that may be absent and may hold tags. */
export function optionalExpression(source: string | undefined): Expression | undefined {
  return source === undefined || source === "" ? undefined : compileTemplated(source)
}

/** What a call of a template needs: steps, tasks and hooks alike. */
export interface CallSource {
  readonly template?: string
  readonly templateRef?: LifecycleHook["templateRef"]
  readonly inline?: Template
  readonly arguments?: Arguments
}

/** Makes a call ready. */
export function compileCall(source: CallSource): CompiledCall {
  const { templateRef } = source
  return {
    template: optionalText(source.template),
    templateRef:
      templateRef === undefined
        ? undefined
        : { text: compileJson({ ...templateRef }), ref: templateRef },
    inline: source.inline,
    parameters: source.arguments?.parameters?.map(compileArgument) ?? noArguments,
    artifacts: source.arguments?.artifacts?.map(compileArtifact) ?? noArtifacts,
  }
}

const noArguments: readonly CompiledArgument[] = []
const noArtifacts: readonly CompiledArtifactArgument[] = []

function compileArgument(parameter: Parameter): CompiledArgument {
  const value = parameter.value ?? parameter.valueFrom?.default ?? parameter.default
  return {
    name: parameter.name,
    configMap: compileConfigMapRef(parameter),
    text: optionalText(value),
  }
}

function compileArtifact(artifact: Artifact): CompiledArtifactArgument {
  const { name: _name, from, fromExpression, optional, subPath, ...location } = artifact
  const isElsewhere = from !== undefined || fromExpression !== undefined
  return {
    name: artifact.name,
    ...artifactSource(artifact),
    subPath: subPath === undefined ? undefined : compileText(subPath),
    isOptional: optional === true,
    location: isElsewhere ? undefined : compileJson(location as unknown as JsonValue),
  }
}

/** Makes the hooks of a unit or workflow ready: by name, `exit` last of all. */
export function compileHooks(
  hooks: { readonly [name: string]: LifecycleHook } | undefined,
  onExit: string | undefined,
): readonly CompiledHook[] {
  const all: { [name: string]: LifecycleHook } = Object.assign(Object.create(null), hooks)
  if (onExit !== undefined) all["exit"] = { ...all["exit"], template: onExit }
  return Object.keys(all)
    .sort()
    .map((name) => {
      const hook = all[name] as LifecycleHook
      return {
        name,
        suffix: name === "exit" ? ".onExit" : `.hooks.${name}`,
        call: compileCall(hook),
        expression: optionalExpression(hook.expression),
      }
    })
}

import type { Artifact } from "../api/artifact.js"
import type { Inputs, Parameter } from "../api/parameter.js"
import { type ArtifactSource, referenceName } from "./artifact-source.js"
import { scalarText } from "./compile-call.js"
import type {
  CompiledArtifactArgument,
  CompiledCall,
  CompiledInput,
  CompiledTemplate,
} from "./compile-types.js"
import { type CompiledConfigMapRef, configMapValue } from "./config-map-values.js"
import { compileText, type Rendered, type Scope, type Text } from "./languages.js"
import type { Run } from "./run.js"
import { chooseArtifact, findArtifact, isClosed, isLenient, isStrict, type Place } from "./scope.js"

/** True for a template without inputs. */
export function takesNothing({ inputs, inputArtifacts }: CompiledTemplate): boolean {
  return inputs.length === 0 && inputArtifacts.length === 0
}

/** What a call gives a template: every declared input with its value, or why one has none. */
export function resolveInputs(
  run: Run,
  call: CompiledCall,
  template: CompiledTemplate,
  caller: Caller,
): Rendered<Inputs | undefined> {
  if (takesNothing(template)) return { ok: true, value: undefined }
  const parameters: Parameter[] = []
  for (const input of template.inputs) {
    const value = inputValue(run, input, call, caller)
    if (!value.ok) return value
    const isGiven = call.parameters.some(({ name }) => name === input.name)
    parameters.push(valued(input.declared, value.value, isGiven))
  }
  const artifacts: Artifact[] = []
  for (const declared of template.inputArtifacts) {
    const artifact = inputArtifact(run, declared, call, caller)
    if (!artifact.ok) return artifact
    if (artifact.value !== undefined) artifacts.push(artifact.value)
  }
  return {
    ok: true,
    value: {
      ...(parameters.length > 0 ? { parameters } : {}),
      ...(artifacts.length > 0 ? { artifacts } : {}),
    },
  }
}

/** A declared parameter with its value: the rest of what it says stays, but for where nobody looked. */
function valued(declared: Parameter, value: string, isGiven: boolean): Parameter {
  const { name, default: other, valueFrom } = declared
  if (other === undefined && valueFrom === undefined && declared.enum === undefined) {
    return declared.description === undefined
      ? { name, value }
      : { name, value, description: declared.description }
  }
  return {
    name,
    ...(other === undefined ? {} : { default: scalarText(other) }),
    value,
    ...(valueFrom === undefined || isGiven ? {} : { valueFrom }),
    ...(declared.enum === undefined ? {} : { enum: declared.enum.map(scalarText) }),
    ...(declared.description === undefined ? {} : { description: declared.description }),
  }
}

/** Who calls, and what can be seen from there. */
interface Caller {
  readonly place: Place
  readonly scope: Scope
}

/**
 * What has to resolve in arguments: of a hook nothing does, what its step never made is told as it is written; of the items
 * of a loop everything does, as nobody replaces anything in them afterwards.
 */
function strictnessOf({ frame, hooked, item }: Place): (name: string) => boolean {
  if (frame === undefined || hooked !== undefined) return isLenient
  return item === undefined ? isStrict : isClosed
}

function inputValue(
  run: Run,
  input: CompiledInput,
  call: CompiledCall,
  { place, scope }: Caller,
): Rendered {
  const argument = call.parameters.find((parameter) => parameter.name === input.name)
  let fault: Rendered | undefined
  if (argument?.configMap !== undefined) {
    const found = configMapInput(run, input.name, argument.configMap, scope)
    if (found.ok) return found
    fault = found
  }
  if (argument?.text !== undefined) {
    const rendered = renderArgument(argument.text, scope, strictnessOf(place))
    if (rendered.ok) return rendered
    fault = { ...rendered, isReference: true }
    if (!isAbsent(argument.text, scope)) return fault
  }
  // Whatever an argument says takes the place of where the input looks itself.
  if (argument?.configMap === undefined && input.configMap !== undefined) {
    const found = configMapInput(run, input.name, input.configMap, scope)
    if (found.ok) return found
    fault = found
  }
  // Defaults belong to the template: they see what is global, not the caller's steps.
  if (input.default !== undefined) return compileText(input.default).render(scope, () => false)
  return fault ?? { ok: false, message: `inputs.parameters.${input.name} was not supplied` }
}

function configMapInput(run: Run, name: string, ref: CompiledConfigMapRef, scope: Scope): Rendered {
  const found = configMapValue(run.findConfigMap, ref, scope)
  if (found.ok) return found
  const message = `unable to retrieve inputs.parameters.${name} from ConfigMap: ${found.message}`
  return { ...found, message }
}

/** True for an argument that is nothing but an optional output which is absent: it counts as not supplied. */
export function isAbsent(text: Text, scope: Scope): boolean {
  return soleTag.test(text.source) && text.names.some((name) => scope.get(name) === null)
}

const soleTag = /^\{\{(?!=)(?:[^{}]|\}(?!\}))*\}\}$/

/** `{{a.{{b}}}}` resolves in two passes, as upstream has it; a tag inside a value never does. */
export function renderArgument(
  text: Text,
  scope: Scope,
  strict: (name: string) => boolean = isStrict,
): Rendered {
  const first = text.render(scope, strict)
  const isNested = text.tags.some((tag) => tag.includes("{{"))
  return first.ok && isNested ? compileText(first.value).render(scope, strict) : first
}

function inputArtifact(
  run: Run,
  declared: Artifact,
  call: CompiledCall,
  caller: Caller,
): Rendered<Artifact | undefined> {
  const argument = call.artifacts.find((artifact) => artifact.name === declared.name)
  if (argument === undefined) {
    if (hasLocation(declared)) return { ok: true, value: declared }
    if (declared.optional === true) return { ok: true, value: undefined }
    return { ok: false, message: `inputs.artifacts.${declared.name} was not supplied` }
  }
  const source = argumentArtifact(run, argument, caller)
  if (!source.ok) return source
  if (source.value === undefined) {
    if (declared.optional === true) return { ok: true, value: undefined }
    const from = argument.from ?? argument.choice?.source ?? ""
    return { ok: false, message: `inputs.artifacts.${declared.name}: ${from} is not there` }
  }
  const { path, mode, recurseMode, optional } = declared
  const {
    path: _path,
    globalName: _global,
    optional: _optional,
    from: _from,
    mode: _mode,
    recurseMode: _recurse,
    ...location
  } = source.value
  return {
    ok: true,
    value: {
      ...location,
      name: declared.name,
      ...(path === undefined ? {} : { path }),
      ...(mode === undefined ? {} : { mode }),
      ...(recurseMode === undefined ? {} : { recurseMode }),
      ...(optional === undefined ? {} : { optional }),
    },
  }
}

function argumentArtifact(
  run: Run,
  argument: CompiledArtifactArgument,
  caller: Caller,
): Rendered<Artifact | undefined> {
  if (argument.from === undefined && argument.choice === undefined) {
    const location = argument.location?.render(caller.scope, strictnessOf(caller.place))
    if (location?.ok === false) return { ...location, isReference: true }
    if (location === undefined) return { ok: true, value: undefined }
    return { ok: true, value: location.value as unknown as Artifact }
  }
  const source = sourceArtifact(run, argument, caller)
  if (!source.ok) return source
  const found = source.value
  if (found === undefined || argument.subPath === undefined) return source
  const subPath = argument.subPath.render(caller.scope, strictnessOf(caller.place))
  if (!subPath.ok) return { ...subPath, isReference: true }
  return { ok: true, value: partOf(found, subPath.value) }
}

/** A part of an artifact: what lies unpacked has a key for each of its files, of an archive it is taken when it is fetched. */
function partOf(whole: Artifact, subPath: string): Artifact {
  const { archive, s3 } = whole
  const steps = subPath.split("/").filter((step) => step !== "" && step !== ".")
  if (archive?.none === undefined || s3?.key === undefined || steps.includes("..")) {
    return { ...whole, subPath }
  }
  return { ...whole, s3: { ...s3, key: [s3.key, ...steps].join("/") } }
}

/** The artifact that `from` names or `fromExpression` chooses. */
export function sourceArtifact(
  run: Run,
  { from, choice }: ArtifactSource,
  { place, scope }: Caller,
): Rendered<Artifact | undefined> {
  if (choice !== undefined) return chooseArtifact(run, place, scope, choice)
  const name = referenceName(from ?? "")
  // A tag inside stands for a part of the name.
  const whole = name.includes("{{")
    ? compileText(name).render(scope, strictnessOf(place))
    : undefined
  if (whole?.ok === false) return { ...whole, isReference: true }
  return { ok: true, value: findArtifact(run, place, whole?.value ?? name) }
}

/** True where an artifact says itself where it lies. */
export function hasLocation(artifact: Artifact): boolean {
  const { raw, s3, http, git } = artifact
  return raw !== undefined || s3 !== undefined || http !== undefined || git !== undefined
}

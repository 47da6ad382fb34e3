import { equalJson, type JsonObject, type UntypedObject } from "@argo-ts/kernel"
import { type FieldError, required, unsupported, wrong } from "../api/errors.js"
import { asJson, type StoredObject } from "../store/stored-object.js"
import { oldLabelComplaints } from "../validation/names.js"
import { schemaErrors } from "./check-schema.js"
import { isEstablished } from "./conditions.js"
import { listOf, partOf, textOf } from "./definition.js"

const protectedGroup = /(?:^|\.)(?:k8s|kubernetes)\.io$/
const approval = "api-approved.kubernetes.io"

function nameErrors(object: UntypedObject, spec: JsonObject): FieldError[] {
  const names = partOf(spec, "names")
  const [group, plural, kind] = [
    textOf(spec, "group"),
    textOf(names, "plural"),
    textOf(names, "kind"),
  ]
  const errors: FieldError[] = []
  if (object.metadata.name !== `${plural}.${group}`) {
    const why = 'must be spec.names.plural+"."+spec.group'
    errors.push(wrong("metadata.name", object.metadata.name ?? "", why))
  }
  if (group === "") errors.push(required("spec.group"))
  else if (!group.includes(".")) {
    errors.push(wrong("spec.group", group, "should be a domain with at least one dot"))
  }
  if (protectedGroup.test(group) && object.metadata.annotations?.[approval] === undefined) {
    const why = `protected groups must have approval annotation "${approval}", see https://github.com/kubernetes/enhancements/pull/1111`
    errors.push(required(`metadata.annotations[${approval}]`, why))
  }
  const complain = (field: string, value: string, complaints: readonly string[]): void => {
    for (const why of complaints) errors.push(wrong(`spec.names.${field}`, value, why))
  }
  if (plural === "") errors.push(required("spec.names.plural"))
  else complain("plural", plural, oldLabelComplaints(plural))
  if (kind === "") errors.push(required("spec.names.kind"))
  else {
    const mixed = oldLabelComplaints(kind.toLowerCase()).map(
      (why) => `may have mixed case, but should otherwise match: ${why}`,
    )
    complain("kind", kind, mixed)
  }
  if (kind !== "" && kind === textOf(names, "listKind")) {
    errors.push(wrong("spec.names.listKind", kind, "kind and listKind may not be the same"))
  }
  const scope = textOf(spec, "scope")
  if (scope === "") errors.push(required("spec.scope"))
  else if (scope !== "Cluster" && scope !== "Namespaced") {
    errors.push(unsupported("spec.scope", scope, ["Cluster", "Namespaced"]))
  }
  return errors
}

const columnTypes = ["integer", "number", "string", "boolean", "date"]

function columnErrors(version: JsonObject, path: string): FieldError[] {
  return listOf(version, "additionalPrinterColumns").flatMap((column, index) => {
    const at = `${path}.additionalPrinterColumns[${index}]`
    const errors: FieldError[] = []
    if (textOf(column, "name") === "") errors.push(required(`${at}.name`))
    if (textOf(column, "jsonPath") === "") errors.push(required(`${at}.jsonPath`))
    if (!columnTypes.includes(textOf(column, "type"))) {
      errors.push(unsupported(`${at}.type`, textOf(column, "type"), columnTypes))
    }
    return errors
  })
}

function scaleErrors(version: JsonObject, path: string): FieldError[] {
  const subresources = partOf(version, "subresources")
  if (subresources["scale"] === undefined) return []
  const scale = partOf(subresources, "scale")
  const at = `${path}.subresources.scale`
  const check = (name: string, root: ".spec." | ".status."): FieldError[] => {
    const value = textOf(scale, name)
    if (value === "") return [required(`${at}.${name}`)]
    if (value.startsWith(root)) return []
    return [wrong(`${at}.${name}`, value, `should be a json path under ${root.slice(0, -1)}`)]
  }
  return [...check("specReplicasPath", ".spec."), ...check("statusReplicasPath", ".status.")]
}

/** Schemas that are all the same are one to the server, and it names them so. */
function schemaPaths(versions: readonly JsonObject[]): readonly string[] {
  const [first] = versions
  const isShared = versions.every((each) => equalJson(each["schema"], first?.["schema"]))
  return versions.map((_each, index) =>
    isShared ? "spec.validation" : `spec.versions[${index}].schema`,
  )
}

function versionErrors(spec: JsonObject): FieldError[] {
  const versions = listOf(spec, "versions")
  const paths = schemaPaths(versions)
  const errors: FieldError[] = []
  const seen = new Set<string>()
  for (const [index, version] of versions.entries()) {
    const path = `spec.versions[${index}]`
    const name = textOf(version, "name")
    for (const why of oldLabelComplaints(name)) errors.push(wrong(`${path}.name`, name, why))
    if (seen.has(name)) {
      const message = `Duplicate value: ${JSON.stringify(name)}`
      errors.push({ field: `${path}.name`, reason: "FieldValueDuplicate", message })
    }
    seen.add(name)
    const schema = partOf(version, "schema")["openAPIV3Schema"]
    if (schema === undefined) {
      errors.push(required(`${path}.schema.openAPIV3Schema`, "schemas are required"))
    } else if (index === 0 || paths[index] !== paths[0]) {
      const raw = partOf(partOf(version, "schema"), "openAPIV3Schema")
      errors.push(...schemaErrors(raw, `${paths[index]}.openAPIV3Schema`))
    }
    errors.push(...columnErrors(version, path), ...scaleErrors(version, path))
  }
  const stored = versions.filter((version) => version["storage"] === true)
  if (stored.length !== 1) {
    const why = "must have exactly one version marked as storage version"
    errors.push(
      wrong(
        "spec.versions",
        versions.map((each) => textOf(each, "name")),
        why,
      ),
    )
  }
  return errors
}

function conversionErrors(spec: JsonObject): FieldError[] {
  const errors: FieldError[] = []
  const strategy = textOf(partOf(spec, "conversion"), "strategy")
  // A real server takes Webhook; here nobody could be called.
  if (strategy !== "" && strategy !== "None") {
    errors.push(unsupported("spec.conversion.strategy", strategy, ["None"]))
  }
  if (spec["preserveUnknownFields"] === true) {
    errors.push(wrong("spec.preserveUnknownFields", true, "must be false"))
  }
  return errors
}

function changeErrors(spec: JsonObject, before: StoredObject): FieldError[] {
  const old = partOf(asJson(before), "spec")
  const errors: FieldError[] = []
  const fixed = (path: string, from: string, to: string): void => {
    if (from !== to) errors.push(wrong(path, to, "field is immutable"))
  }
  fixed("spec.group", textOf(old, "group"), textOf(spec, "group"))
  fixed(
    "spec.names.plural",
    textOf(partOf(old, "names"), "plural"),
    textOf(partOf(spec, "names"), "plural"),
  )
  if (!isEstablished(before)) return errors
  fixed("spec.scope", textOf(old, "scope"), textOf(spec, "scope"))
  fixed(
    "spec.names.kind",
    textOf(partOf(old, "names"), "kind"),
    textOf(partOf(spec, "names"), "kind"),
  )
  const status = partOf(asJson(before), "status")["storedVersions"]
  const known = listOf(spec, "versions").map((each) => textOf(each, "name"))
  for (const [index, stored] of (Array.isArray(status) ? status : []).entries()) {
    if (known.includes(String(stored))) continue
    const why = "must appear in spec.versions"
    errors.push(wrong(`status.storedVersions[${index}]`, stored, why))
  }
  return errors
}

/** What is wrong with a CustomResourceDefinition: all of it. */
export function definitionErrors(
  object: UntypedObject,
  before: StoredObject | undefined,
): FieldError[] {
  const spec = partOf(asJson(object), "spec")
  const conversion = conversionErrors(spec)
  const errors = [...nameErrors(object, spec), ...conversion, ...versionErrors(spec)]
  return before === undefined ? errors : [...errors, ...changeErrors(spec, before)]
}

/** A definition with what the server adds: names that follow from others, and no conversion. */
export function withDefinitionDefaults(object: UntypedObject): UntypedObject {
  const spec = partOf(asJson(object), "spec")
  const names = partOf(spec, "names")
  const kind = textOf(names, "kind")
  const filled = {
    ...names,
    singular: textOf(names, "singular") || kind.toLowerCase(),
    listKind: textOf(names, "listKind") || `${kind}List`,
  }
  const conversion =
    textOf(partOf(spec, "conversion"), "strategy") === ""
      ? { strategy: "None" }
      : spec["conversion"]
  return { ...object, spec: { ...spec, conversion, names: filled } } as unknown as UntypedObject
}

import type { IssuePath } from "@argo-ts/kernel"
import type { Container, ContainerNode, ContainerSetTemplate, Template } from "../template.js"
import { type Context, checkFieldName, didYouMean, hasTag, report } from "./context.js"

/** What a `resource` template can do. */
export const resourceActions: readonly string[] = [
  "get",
  "create",
  "apply",
  "delete",
  "replace",
  "patch",
]
/** How it can patch. */
export const mergeStrategies: readonly string[] = ["strategic", "merge", "json"]

/** Names that upstream's own containers have. */
const reservedNames = new Set(["wait", "init", "supervisor"])

/** Every rule about what a leaf runs. */
export function checkLeafKinds(context: Context, path: IssuePath, template: Template): void {
  checkContainers(context, path, template)
  if (template.containerSet !== undefined) {
    checkContainerSet(context, [...path, "containerSet"], template, template.containerSet)
  }
  checkResource(context, [...path, "resource"], template)
  if (template.http?.url === "") {
    report(context, [...path, "http", "url"], "is the address to ask, and is empty")
  }
  if (template.data !== undefined && template.data.source.artifactPaths === undefined) {
    const message = "needs artifactPaths: the artifact whose keys are listed"
    report(context, [...path, "data", "source"], message)
  }
  if (template.plugin !== undefined && Object.keys(template.plugin).length !== 1) {
    const count = Object.keys(template.plugin).length
    report(context, [...path, "plugin"], `has one key, the plugin's name; found ${count}`)
  }
}

function checkContainers(context: Context, path: IssuePath, template: Template): void {
  const isPod = template.container !== undefined || template.script !== undefined
  for (const field of ["initContainers", "sidecars"] as const) {
    const containers = template[field] ?? []
    if (containers.length > 0 && template.containerSet !== undefined && field === "sidecars") {
      report(context, [...path, field], "a containerSet has its containers, and no sidecars")
    } else if (containers.length > 0 && !isPod && template.containerSet === undefined) {
      report(context, [...path, field], "is legal on container and script templates only")
    }
    const seen = new Set<string>()
    for (const [index, container] of containers.entries()) {
      checkNamed(context, [...path, field, index], container, seen)
    }
  }
}

function checkNamed(
  context: Context,
  path: IssuePath,
  container: Container,
  seen: Set<string>,
): void {
  const { name = "", image = "" } = container
  if (name === "") report(context, [...path, "name"], "a container beside others needs a name")
  else checkFieldName(context, path, name, "container")
  if (reservedNames.has(name)) {
    report(context, [...path, "name"], `"${name}" is the name of a container that Argo adds`)
  }
  if (seen.has(name)) {
    report(context, [...path, "name"], `the container name "${name}" is there twice`, {
      code: "DuplicateName",
    })
  }
  seen.add(name)
  if (image === "") report(context, [...path, "image"], "names the image, and is missing")
}

function checkContainerSet(
  context: Context,
  path: IssuePath,
  template: Template,
  set: ContainerSetTemplate,
): void {
  const { containers } = set
  if (containers.length === 0) {
    report(context, [...path, "containers"], "a containerSet needs at least one container")
  }
  const byName = new Map(containers.map((container) => [container.name ?? "", container]))
  const seen = new Set<string>()
  for (const [index, container] of containers.entries()) {
    const at = [...path, "containers", index]
    checkNamed(context, at, container, seen)
    for (const [place, name] of (container.dependencies ?? []).entries()) {
      if (byName.has(name)) continue
      const message = `container "${container.name ?? ""}" depends on "${name}", which does not exist`
      report(context, [...at, "dependencies", place], message, {
        code: "UnknownDependency",
        ...didYouMean(name, byName.keys()),
      })
    }
  }
  const circle = findCircle(byName)
  if (circle !== undefined) {
    const message = `containers depend on each other in a circle: ${circle.join(" → ")}`
    report(context, [...path, "containers"], message, { code: "CyclicDependency" })
  }
  const hasData =
    (template.inputs?.artifacts ?? []).length > 0 ||
    (template.outputs?.artifacts ?? []).length > 0 ||
    (template.outputs?.parameters ?? []).length > 0
  if (hasData && !byName.has("main")) {
    const message =
      'a containerSet with artifacts or output parameters needs a container named "main"'
    report(context, [...path, "containers"], message)
  }
}

/** Takes away what has nothing left to wait for; what then remains waits for itself. */
function findCircle(byName: ReadonlyMap<string, ContainerNode>): readonly string[] | undefined {
  const open = new Map(byName)
  for (let before = -1; before !== open.size; ) {
    before = open.size
    for (const [name, { dependencies = [] }] of open) {
      if (!dependencies.some((each) => open.has(each))) open.delete(name)
    }
  }
  const trail: string[] = []
  let [name] = open.keys()
  while (name !== undefined && !trail.includes(name)) {
    trail.push(name)
    name = open.get(name)?.dependencies?.find((each) => open.has(each))
  }
  return name === undefined ? undefined : [...trail.slice(trail.indexOf(name)), name]
}

function checkResource(context: Context, path: IssuePath, template: Template): void {
  const { resource } = template
  if (resource === undefined) return
  const { manifest, manifestFrom, mergeStrategy, action } = resource
  const count = [manifest, manifestFrom].filter((each) => each !== undefined && each !== "").length
  checkWord(context, [...path, "action"], action, resourceActions)
  checkWord(context, [...path, "mergeStrategy"], mergeStrategy, mergeStrategies)
  const mayBe = (...actions: readonly string[]): boolean =>
    actions.includes(action) || hasTag(action)
  const isNamed = (resource.flags ?? []).length > 0 && mayBe("get", "delete")
  if (count > 1 || (count === 0 && !isNamed)) {
    report(context, path, `has one of manifest and manifestFrom, found ${count}`)
  }
  if (mergeStrategy !== undefined && !mayBe("patch")) {
    report(context, [...path, "mergeStrategy"], "is legal with the action patch only")
  }
}

/** A word out of a list, unless a tag stands for it: then whoever acts on it looks. */
function checkWord(
  context: Context,
  path: IssuePath,
  word: string | undefined,
  words: readonly string[],
): void {
  if (word === undefined || hasTag(word) || words.includes(word)) return
  const message = `is one of ${words.join(", ")}, found ${JSON.stringify(word)}`
  report(context, path, message, didYouMean(word, words))
}

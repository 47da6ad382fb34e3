import { type IssuePath, isJsonObject, type JsonObject, parseDuration } from "@argo-ts/kernel"
import type { Container, Template } from "../api/template.js"
import { checkPodFields, checkTemplatePods } from "./pods.js"
import type { PlacedTemplate } from "./walk.js"
import { hasTag, hintOf, report, type Unit, type World } from "./world.js"

/** Upstream's rules about fields that this engine carries or refuses: so that a manifest is fit for a cluster too. */
export function checkSpecRules(world: World, unit: Unit): void {
  const { spec, at } = unit
  const count = spec.templates?.length ?? 0
  if (count > templatesMax) {
    const message = `an API server takes ${templatesMax} templates at most, found ${count}`
    report(world, unit, [...at, "templates"], { code: "TooMany", message, severity: "warning" })
  }
  checkWord(world, unit, [...at, "podGC", "strategy"], {
    value: spec.podGC?.["strategy"],
    words: podStrategies,
  })
  checkWord(world, unit, [...at, "volumeClaimGC", "strategy"], {
    value: spec.volumeClaimGC?.["strategy"],
    words: claimStrategies,
  })
  checkPodFields(world, unit)
  checkMetricRules(world, unit, [...at, "metrics"], spec.metrics)
  checkLocks(world, unit, [...at, "synchronization"], spec.synchronization)
}

const templatesMax = 200
const podStrategies = [
  "OnPodCompletion",
  "OnPodSuccess",
  "OnWorkflowCompletion",
  "OnWorkflowSuccess",
]
const claimStrategies = ["OnWorkflowCompletion", "OnWorkflowSuccess"]

/** The same for one template. */
export function checkTemplateRules(world: World, unit: Unit, placed: PlacedTemplate): void {
  const { path, template } = placed
  checkMetricRules(world, unit, [...path, "metrics"], template.metrics)
  checkLocks(world, unit, [...path, "synchronization"], template.synchronization)
  checkMemo(world, unit, [...path, "memoize"], template.memoize)
  checkMounts(world, unit, placed)
  checkTemplatePods(world, unit, placed)
}

function checkWord(
  world: World,
  unit: Unit,
  path: IssuePath,
  { value, words }: { readonly value: unknown; readonly words: readonly string[] },
): void {
  if (value === undefined || value === "" || (typeof value === "string" && words.includes(value)))
    return
  const message = `is one of ${words.join(", ")}, found ${JSON.stringify(value)}`
  const hint = typeof value === "string" ? hintOf(value, words) : undefined
  report(world, unit, path, { code: "InvalidValue", message, hint })
}

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/

function checkMetricRules(world: World, unit: Unit, path: IssuePath, metrics: unknown): void {
  const list = isJsonObject(metrics) ? metrics["prometheus"] : undefined
  if (!Array.isArray(list)) return
  for (const [index, metric] of (list as readonly unknown[]).entries()) {
    if (!isJsonObject(metric)) continue
    const at = [...path, "prometheus", index]
    const say = (field: string, message: string): void =>
      report(world, unit, [...at, field], { code: "InvalidValue", message })
    const { name, help } = metric
    if (typeof name !== "string" || !(metricName.test(name) || hasTag(name))) {
      say(
        "name",
        `a metric's name has letters, digits, "_" and ":" only, found ${JSON.stringify(name)}`,
      )
    }
    if (typeof help !== "string" || help === "") say("help", "a metric needs a help text")
    checkMetricLabels(world, unit, [...at, "labels"], metric["labels"])
    const gauge = metric["gauge"]
    if (isJsonObject(gauge) && gauge["realtime"] === true && usesResources(gauge["value"])) {
      const message = "resourcesDuration is known when the node has ended: not in real time"
      report(world, unit, [...at, "gauge", "value"], { code: "InvalidValue", message })
    }
    const kinds = ["counter", "gauge", "histogram"].filter((kind) => metric[kind] !== undefined)
    if (kinds.length === 1) continue
    const found = kinds.length === 0 ? "none" : kinds.join(" and ")
    report(world, unit, at, {
      code: "InvalidValue",
      message: `a metric is exactly one of counter, gauge, histogram; found ${found}`,
    })
  }
}

const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/

function checkMetricLabels(world: World, unit: Unit, path: IssuePath, labels: unknown): void {
  for (const [index, label] of ((labels ?? []) as readonly JsonObject[]).entries()) {
    const { key } = label
    if (typeof key !== "string" || labelName.test(key)) continue
    const message = `a label's key has letters, digits and "_" only, found ${JSON.stringify(key)}`
    report(world, unit, [...path, index, "key"], { code: "InvalidValue", message })
  }
}

function usesResources(value: unknown): boolean {
  return typeof value === "string" && value.includes("resourcesDuration.")
}

function checkLocks(world: World, unit: Unit, path: IssuePath, locks: unknown): void {
  if (!isJsonObject(locks)) return
  for (const kind of ["mutexes", "semaphores"]) {
    const list = locks[kind]
    if (!Array.isArray(list)) continue
    const seen = new Set<string>()
    for (const [index, lock] of (list as readonly JsonObject[]).entries()) {
      const key = JSON.stringify(lock)
      if (seen.has(key)) {
        const message = "the same lock is there twice"
        report(world, unit, [...path, kind, index], { code: "DuplicateName", message })
      }
      seen.add(key)
    }
  }
}

function checkMemo(world: World, unit: Unit, path: IssuePath, memoize: unknown): void {
  if (!isJsonObject(memoize)) return
  const { key, maxAge, cache } = memoize
  const map = isJsonObject(cache) ? cache["configMap"] : undefined
  if (!isJsonObject(map) || map["name"] === undefined || map["name"] === "") {
    const message = "is the ConfigMap that remembers, and missing"
    report(world, unit, [...path, "cache", "configMap"], { code: "InvalidValue", message })
  }
  if (typeof key === "string" && !hasTag(key) && !/^[a-zA-Z0-9][-a-zA-Z0-9]*$/.test(key)) {
    const message = `a key has letters, digits and "-" only, found ${JSON.stringify(key)}`
    report(world, unit, [...path, "key"], { code: "InvalidValue", message })
  }
  if (typeof maxAge === "string" && maxAge !== "" && !hasTag(maxAge) && !parseDuration(maxAge).ok) {
    const message = `is a duration like 10m, found ${JSON.stringify(maxAge)}`
    report(world, unit, [...path, "maxAge"], { code: "InvalidValue", message })
  }
}

/** Two things cannot be mounted at one place, nor can an artifact be put where a volume is. */
function checkMounts(world: World, unit: Unit, { path, template }: PlacedTemplate): void {
  const [field, container] = containerOf(template)
  if (container === undefined) return
  const taken = new Map<string, string>()
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    const place = mount["mountPath"]
    if (typeof place !== "string" || hasTag(place)) continue
    const other = taken.get(place)
    if (other !== undefined) {
      const message = `"${String(mount["name"])}" and ${other} are both mounted at ${place}`
      report(world, unit, [...path, field, "volumeMounts", index, "mountPath"], {
        code: "InvalidValue",
        message,
      })
    }
    taken.set(place, `"${String(mount["name"])}"`)
  }
  for (const [index, { name, path: place }] of (template.inputs?.artifacts ?? []).entries()) {
    const other = place === undefined ? undefined : taken.get(place)
    if (other === undefined) continue
    const message = `the artifact "${name}" is put at ${place}, where ${other} is mounted`
    report(world, unit, [...path, "inputs", "artifacts", index, "path"], {
      code: "InvalidValue",
      message,
    })
  }
}

function containerOf(template: Template): readonly [string, Container | undefined] {
  return template.container === undefined
    ? ["script", template.script]
    : ["container", template.container]
}

import {
  compareText,
  type JsonValue,
  type KubernetesObject,
  listAt,
  objectAt,
  textAt,
  valueAt,
} from "@argo-ts/kernel"
import { lineOf } from "../line.js"
import type { FreightLine, PromotionLine, StageLine } from "../model.js"
import { toneOf } from "../tone.js"

/** Image tags, chart versions and short commits of a piece of Freight, in that order. */
function versionsOf(freight: unknown): readonly string[] {
  return [
    ...listAt(freight, "images").map((image) => textAt(image, "tag") || textAt(image, "digest")),
    ...listAt(freight, "charts").map((chart) => textAt(chart, "version")),
    ...listAt(freight, "commits").map(
      (commit) => textAt(commit, "tag") || textAt(commit, "id").slice(0, 8),
    ),
  ]
}

function keysAt(object: KubernetesObject, field: string): readonly string[] {
  return Object.keys(objectAt(object, "status", field)).toSorted(compareText)
}

function sourcesOf(request: JsonValue): readonly string[] {
  const isDirect = valueAt(request, "sources", "direct") === true
  const stages = listAt(request, "sources", "stages").map(String)
  return isDirect ? [textAt(request, "origin", "name"), ...stages] : stages
}

/** What a screen shows of a Stage. */
export function stageLine(object: KubernetesObject): StageLine {
  const current = Object.values(objectAt(object, "status", "freightHistory", 0, "items"))
  const promotion = textAt(object, "status", "currentPromotion", "name")
  const health = textAt(object, "status", "health", "status")
  const line = lineOf(object, health, textAt(object, "status", "health", "issues", 0))
  return {
    ...line,
    tone: promotion === "" ? line.tone : toneOf("Promoting"),
    sources: listAt(object, "spec", "requestedFreight").flatMap(sourcesOf),
    freight: current.map((freight) => textAt(freight, "name")).join(", "),
    versions: current.flatMap(versionsOf),
    verification: textAt(object, "status", "freightHistory", 0, "verificationHistory", 0, "phase"),
    promotion,
    isAutomatic: valueAt(object, "status", "autoPromotionEnabled") === true,
  }
}

/** What a screen shows of a piece of Freight. */
export function freightLine(object: KubernetesObject): FreightLine {
  const { namespace = "", name = "" } = object.metadata
  return {
    namespace,
    name,
    alias: textAt(object, "alias"),
    warehouse: textAt(object, "origin", "name"),
    versions: versionsOf(object),
    currentlyIn: keysAt(object, "currentlyIn"),
    verifiedIn: keysAt(object, "verifiedIn"),
    approvedFor: keysAt(object, "approvedFor"),
  }
}

/** What a screen shows of a Promotion. */
export function promotionLine(object: KubernetesObject): PromotionLine {
  const step = valueAt(object, "status", "currentStep")
  return {
    ...lineOf(
      object,
      textAt(object, "status", "phase") || "Pending",
      textAt(object, "status", "message"),
    ),
    stage: textAt(object, "spec", "stage"),
    freight: textAt(object, "spec", "freight"),
    step: typeof step === "number" ? step : 0,
    steps: listAt(object, "spec", "steps").length,
  }
}

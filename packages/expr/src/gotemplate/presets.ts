import { argoFunctions } from "../sprig/argo.js"
import type { FunctionTable } from "../sprig/define.js"
import { sprigFunctions, without } from "../sprig/index.js"

/** Which functions a project gives its templates (spec/languages §5.3). */
export type GoTemplatePreset =
  | "none"
  | "sprig"
  | "applicationset"
  | "deeplinks"
  | "notifications"
  | "workflows"
  | "events"

const outside = ["env", "expandenv", "getHostByName"]

/** The functions of a preset, besides those that every Go template has. */
export function presetFunctions(preset: GoTemplatePreset): FunctionTable {
  switch (preset) {
    case "none":
      return {}
    case "applicationset":
      return { ...without(sprigFunctions, outside), ...argoFunctions }
    case "deeplinks":
      return without(sprigFunctions, outside)
    case "notifications":
    case "workflows":
      return without(sprigFunctions, ["env", "expandenv"])
    default:
      return sprigFunctions
  }
}

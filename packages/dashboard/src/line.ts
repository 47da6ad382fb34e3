import type { KubernetesObject } from "@argo-ts/kernel"
import type { Line } from "./model.js"
import { toneOf } from "./tone.js"

/** The common part of a line. */
export function lineOf(object: KubernetesObject, state: string, message: string): Line {
  const { namespace = "", name = "" } = object.metadata
  return { namespace, name, tone: toneOf(state), state, message }
}

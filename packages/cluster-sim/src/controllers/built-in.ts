import type { Controller } from "@argo-ts/k8s"
import type { ClusterSimOptions } from "../options.js"

/** The controllers a cluster runs on its own. */
export function builtInControllers(options: ClusterSimOptions): readonly Controller[] {
  const { controllers = true } = options
  return typeof controllers === "boolean" ? [] : controllers
}

import { defineKind, type Kind, type RandomStream, type Stored } from "@argo-ts/kernel"
import type { VirtualClock } from "@argo-ts/kernel/clock"
import type { ClusterSim } from "../../src/index.js"
import { kind, type Loose } from "../world.js"

/** A custom kind with status and generation. */
export const widgets: Kind<Loose> = defineKind<Loose>({
  group: "fuzz.example.com",
  version: "v1",
  kind: "Widget",
  plural: "widgets",
  scope: "Namespaced",
  hasStatus: true,
})
export const configMaps = kind("v1", "ConfigMap")
export const deployments = kind("apps/v1", "Deployment")

/** One kind without generation, one with rules of its own, one of everybody's own. */
export const fuzzed: readonly Kind<Loose>[] = [configMaps, deployments, widgets]
export const namespaces = ["one", "two"]
export const names = ["a", "b", "c", "d", "e"]
export const managers = ["kubectl", "helm", "robot"]

export type Found = Stored<Loose>

/** A cluster under attack. */
export interface FuzzWorld {
  readonly sim: ClusterSim
  readonly clock: VirtualClock
  readonly stream: RandomStream
}

export function pick<T>(stream: RandomStream, from: readonly T[]): T {
  return from[stream.integer(from.length)] as T
}

export function chance(stream: RandomStream, probability: number): boolean {
  return stream.next() < probability
}

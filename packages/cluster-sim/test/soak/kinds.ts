import {
  type Condition,
  defineKind,
  type Kind,
  type KubernetesObject,
  type Stored,
} from "@argo-ts/kernel"
import { kind } from "../world.js"

/** What the objects of every soaked controller say. */
export interface SoakSpec {
  readonly count: number
  readonly text: string
}

/** An object of a soaked controller. */
export interface SoakObject extends KubernetesObject {
  readonly spec: SoakSpec
  readonly status?: {
    readonly conditions?: readonly Condition[]
    readonly [field: string]: unknown
  }
}

export type SoakKind = Kind<SoakObject>
export type Soaked = Stored<SoakObject>

/** A kind with spec, status and generation. */
export function soakKind(name: string): SoakKind {
  return defineKind<SoakObject>({
    group: "soak.example.com",
    version: "v1",
    kind: `${name.charAt(0).toUpperCase()}${name.slice(1)}`,
    plural: `${name}s`,
    scope: "Namespaced",
    hasStatus: true,
  })
}

export const configMaps = kind("v1", "ConfigMap")
export const secrets = kind("v1", "Secret")
export const namespaces = kind("v1", "Namespace")
export const deployments = kind("apps/v1", "Deployment")
export const statefulSets = kind("apps/v1", "StatefulSet")
export const jobs = kind("batch/v1", "Job")

/** Where users keep their objects, and where controllers keep what nobody owns. */
export const home = "soak"
export const outside = "outside"

import type { Cluster, Controller, Ownership } from "@argo-ts/k8s"
import type { Logger } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import { type SoakKind, soakKind } from "./kinds.js"

/** One replica's share of the work, and how it is given back. */
export interface Share {
  readonly ownership: Ownership
  leave(): Promise<void>
}

/** A controller to soak: its kinds and what is made of them. */
export interface Recipe {
  readonly name: string
  /** The one that users write. */
  readonly kind: SoakKind
  /** Further kinds that only controllers write. */
  readonly others: readonly SoakKind[]
  /** Made anew for each process. */
  readonly controllers: () => readonly Controller[]
  /** How many processes run it. */
  readonly replicas: number
  /** How they share the work; absent: there is one. */
  readonly share?: (
    identity: string,
    parts: { readonly cluster: Cluster; readonly clock: Clock; readonly logger: Logger },
  ) => Share
}

/** A recipe of one process. */
export function recipe(
  name: string,
  controllersOf: (kind: SoakKind) => readonly Controller[],
  others: readonly SoakKind[] = [],
): Recipe {
  const kind = soakKind(name)
  return { name, kind, others, replicas: 1, controllers: () => controllersOf(kind) }
}

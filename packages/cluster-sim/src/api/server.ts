import type { EpochMs } from "@argo-ts/kernel"
import type { FieldMemory } from "@argo-ts/kernel/merge"
import type { PodAccountMode } from "../admission/pod-account.js"
import type { PodShapes } from "../admission/pod-template.js"
import type { QuotaLedger } from "../admission/quota-ledger.js"
import type { ServiceAddresses } from "../admission/service-addresses.js"
import type { AdmissionChain } from "../hooks/admission-hook.js"
import type { KindRegistry } from "../kinds/registry.js"
import type { Computing } from "../metrics/with-computed.js"
import type { Store } from "../store/store.js"
import type { Draws } from "./draws.js"
import type { Committer } from "./write.js"

/** How much `managedFields` a cluster keeps. */
export type ManagedFieldsMode = "on" | "apply-only" | "off"

/** What every request handler works with. */
export interface Server extends Committer, Computing {
  readonly store: Store
  readonly registry: KindRegistry
  readonly draws: Draws
  /** What happens to writes beside the server's own defaults and checks. */
  readonly admission: AdmissionChain
  readonly addresses: ServiceAddresses
  readonly quotas: QuotaLedger
  readonly now: () => EpochMs
  readonly managedFields: ManagedFieldsMode
  /** What is known of the fields of what was written last. */
  readonly fields: FieldMemory
  readonly podAccounts: PodAccountMode
  readonly podShapes: PodShapes
}

import { workflowKinds } from "@argo-ts/dag-engine/kinds"
import { eventKinds } from "@argo-ts/event-bus/kinds"
import { gitopsKinds } from "@argo-ts/gitops-core/kinds"
import type { Kind } from "@argo-ts/kernel"
import { rolloutKinds } from "@argo-ts/progressive-delivery/kinds"
import { promotionKinds } from "@argo-ts/promotion/kinds"

/** The kinds of all engines. A cluster that serves them is up long before the engines are. */
export const engineKinds: readonly Kind[] = [
  ...workflowKinds,
  ...gitopsKinds,
  ...rolloutKinds,
  ...eventKinds,
  ...promotionKinds,
]

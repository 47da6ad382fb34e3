import type { Taint } from "../controllers/nodes/node.js"
import { newNodeTaint } from "../controllers/nodes/node-decision.js"
import { part } from "../store/stored-object.js"
import type { Admit } from "./admission.js"

interface Said {
  readonly taints?: readonly Taint[]
  readonly conditions?: readonly { readonly type: string; readonly status: string }[]
}

/** A new node takes no pods before somebody has called it ready. */
export const admitNode: Admit = ({ object, before }) => {
  if (before !== undefined) return object
  const spec = part(object, "spec")
  const { taints = [] }: Said = spec
  const { conditions = [] }: Said = part(object, "status")
  const isReady = conditions.some(({ type, status }) => type === "Ready" && status === "True")
  const { key, effect } = newNodeTaint
  const isTainted = taints.some((each) => each.key === key && each.effect === effect)
  if (isReady || isTainted) return object
  return { ...object, spec: { ...spec, taints: [...taints, newNodeTaint] } } as typeof object
}

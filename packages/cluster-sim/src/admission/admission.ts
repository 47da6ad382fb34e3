import type { UntypedObject } from "@argo-ts/kernel"
import type { Server } from "../api/server.js"
import type { WriteRequest } from "../api/write.js"
import type { KindRules } from "../kinds/rules.js"
import type { StoredObject } from "../store/stored-object.js"
import type { PodTemplate } from "./pod-template.js"

/** An object on its way into the store: decoded and defaulted, not yet validated. */
export interface Admission {
  readonly server: Server
  readonly rules: KindRules
  readonly request: WriteRequest
  readonly object: UntypedObject
  /** The stored object that it is to replace. */
  readonly before: StoredObject | undefined
  /** Of a pod that is made from one. */
  readonly template?: PodTemplate | undefined
}

/** What the server adds to objects of one kind. */
export type Admit = (admission: Admission) => UntypedObject

import type { Cluster } from "@argo-ts/k8s"
import { type JsonValue, type Logger, thrownText, unreachable } from "@argo-ts/kernel"
import type { HttpClient } from "@argo-ts/kernel/http"
import type { AttemptOutcome, FireTrigger } from "../core/actions.js"
import type { SecretReader } from "../sources/accepted.js"
import { sendRequest } from "./http.js"
import { writeObject } from "./kubernetes.js"
import { createLogTrigger } from "./log.js"

/** A function that `function` triggers call by name. Returning is success, throwing is failure. */
export type TriggerFunction = (argument: JsonValue, firing: FiringContext) => unknown

/** Which firing calls. */
export interface FiringContext {
  /** The same for each attempt and after a restart: use it to do a thing once. */
  readonly cause: string
  readonly namespace: string
  readonly sensor: string
  readonly trigger: string
}

/** What triggers act on. A trigger whose part is missing fails with a message that says so. */
export interface TriggerPorts {
  readonly logger: Logger
  readonly cluster?: Cluster
  readonly http?: HttpClient
  readonly secrets?: SecretReader
  readonly functions?: { readonly [name: string]: TriggerFunction }
}

/** Which sensor fires. */
export interface FiringSensor {
  readonly namespace: string
  readonly sensor: string
}

/**
 * Performs an attempt and tells how it ended, at once where it can. Rejects only where the cluster could not be asked at all: that is no
 * attempt, and the same action is performed again.
 */
export type PerformTrigger = (
  action: FireTrigger,
  owner: FiringSensor,
) => AttemptOutcome | Promise<AttemptOutcome>

/** Fails with a sentence. */
export function failure(message: string): AttemptOutcome {
  return { result: "Failed", message }
}

function thrown(error: unknown): AttemptOutcome {
  return failure(thrownText(error))
}

/** Calls a function; one that answers at once is done at once. */
function callFunction(
  name: string,
  argument: JsonValue,
  ports: TriggerPorts,
  firing: FiringContext,
): AttemptOutcome | Promise<AttemptOutcome> {
  const { functions = {} } = ports
  const called = Object.hasOwn(functions, name) ? functions[name] : undefined
  if (called === undefined) return failure(`no function is registered as "${name}"`)
  const succeeded: AttemptOutcome = { result: "Succeeded", message: `called ${name}` }
  try {
    const answer = called(argument, firing)
    if (!(answer instanceof Promise)) return succeeded
    return answer.then(() => succeeded, thrown)
  } catch (error) {
    return thrown(error)
  }
}

/** Performs triggers over these ports. */
export function createPerformer(ports: TriggerPorts): PerformTrigger {
  const log = createLogTrigger(ports.logger)
  return (action, owner) => {
    const { request, cause, trigger } = action
    const { namespace, sensor } = owner
    const firing: FiringContext = { cause, trigger, namespace, sensor }
    switch (request.type) {
      case "Kubernetes":
      case "Submit":
        if (ports.cluster === undefined) return failure("no cluster is connected")
        return writeObject(request, { cluster: ports.cluster, firing, at: action.at })
      case "Http":
        if (ports.http === undefined) return failure("no HTTP client is connected")
        return sendRequest(request, namespace, ports.http, ports.secrets)
      case "Log":
        return log(request, action)
      case "Call":
        return callFunction(request.name, request.argument, ports, firing)
      default:
        return unreachable(request)
    }
  }
}

import type { Logger } from "@argo-ts/kernel"
import type { AttemptOutcome, FireTrigger } from "../core/actions.js"
import type { TriggerRequest } from "../core/request.js"

type LogRequest = Extract<TriggerRequest, { readonly type: "Log" }>

/** Writes events to the log, at most once in `intervalSeconds` for each trigger. */
export function createLogTrigger(
  logger: Logger,
): (request: LogRequest, action: FireTrigger) => AttemptOutcome {
  const writtenAt = new Map<string, number>()
  return (request, action) => {
    const name = action.cause.slice(0, action.cause.indexOf(":"))
    const last = writtenAt.get(name)
    const isQuiet = last !== undefined && action.at - last < request.intervalSeconds * 1000
    if (isQuiet) return { result: "Succeeded", message: "left out of the log" }
    writtenAt.set(name, action.at)
    for (const { dependency, event } of request.events) {
      const { data, ...context } = event
      logger.info("event", { trigger: action.trigger, dependency, event: context, data })
    }
    return { result: "Succeeded", message: "logged" }
  }
}

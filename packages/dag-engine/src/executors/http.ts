import type { Value } from "@argo-ts/expr/values"
import { type Addresses, type EpochMs, isOperationError } from "@argo-ts/kernel"
import { createHttpClient, type HttpResponse } from "@argo-ts/kernel/http"
import type { HttpTemplate } from "../api/leaf.js"
import type { Outcome } from "../core/actions.js"
import { compileExpression } from "../core/languages.js"
import type { Executor, ExecutorWorld, Task } from "./executor.js"
import { requestOf } from "./http-request.js"
import type { ReadSecret } from "./secrets.js"

/** How http templates are run. */
export interface HttpExecutorOptions {
  /** Where the addresses that manifests name are reached. Default: where they say. */
  readonly addresses?: Addresses
  /** Reads a key of a Secret, for headers. Default: there are none. */
  readonly secret?: ReadSecret
  /** How far a virtual clock moves for one request, in milliseconds. Default 50. */
  readonly takesMs?: number
}

/**
 * Runs `http` templates from this process. A status from 200 to 299 is a success, or whatever `successCondition` says; an
 * address that does not answer is an Error, an answer that is no success a failure.
 */
export function httpExecutor(options: HttpExecutorOptions = {}): Executor {
  const running = new Map<string, (outcome: Outcome) => void>()
  return {
    accepts: ({ template }) => template.http !== undefined,
    async start(task, world) {
      world.started(task)
      // Nobody waits for an answer that nobody wants any more.
      const stopped = new Promise<Outcome>((resolve) => running.set(task.key, resolve))
      const asked = ask(task, task.template.http as HttpTemplate, { world, options })
      asked.catch(() => undefined)
      try {
        return await Promise.race([asked, stopped])
      } finally {
        running.delete(task.key)
      }
    },
    stop: (key) => running.get(key)?.({ phase: "Failed", message: "stopped" }),
  }
}

interface Asking {
  readonly world: ExecutorWorld
  readonly options: HttpExecutorOptions
}

const limitDefaultMs = 600_000

async function ask(task: Task, http: HttpTemplate, asking: Asking): Promise<Outcome> {
  const { world, options } = asking
  const { addresses, takesMs, secret } = options
  const client = createHttpClient({
    clock: world.clock,
    logger: world.logger,
    ...(addresses === undefined ? {} : { addresses }),
    ...(takesMs === undefined ? {} : { takesMs }),
  })
  const request = await requestOf(http, task.namespace, secret)
  if (!request.ok) return { phase: "Error", message: request.message }
  const timeoutMs = http.timeoutSeconds === undefined ? limitDefaultMs : http.timeoutSeconds * 1000
  try {
    const skipsVerification = http.insecureSkipVerify === true
    const response = await client.request({ ...request.value, timeoutMs, skipsVerification })
    return judge(http, request.value, response, world.clock.now())
  } catch (error) {
    if (!isOperationError(error)) throw error
    return { phase: "Error", message: error.message }
  }
}

function judge(
  http: HttpTemplate,
  request: Readonly<Record<string, unknown>>,
  response: HttpResponse,
  now: EpochMs,
): Outcome {
  const result = response.text()
  const { successCondition = "" } = http
  if (successCondition === "") {
    if (response.status >= 200 && response.status < 300) return { phase: "Succeeded", result }
    const message = `received non-2xx response code: ${response.status}`
    return { phase: "Failed", message, result }
  }
  const names = {
    request: { ...request } as Value,
    response: {
      statusCode: BigInt(response.status),
      body: result,
      headers: headersOf(response),
    },
  }
  const holds = compileExpression(successCondition).evaluateOver(names, now)
  if (!holds.ok) return { phase: "Error", message: holds.message, result }
  if (holds.value === true) return { phase: "Succeeded", result }
  const message = `successCondition '${successCondition}' evaluated false`
  return { phase: "Failed", message, result }
}

/** As Go has them: each name capitalised, with a list of values. */
function headersOf(response: HttpResponse): { [name: string]: Value } {
  const headers = Object.create(null) as { [name: string]: Value }
  for (const [name, value] of Object.entries(response.headers)) {
    headers[name.replace(/(^|-)[a-z]/g, (letters) => letters.toUpperCase())] = [value]
  }
  return headers
}

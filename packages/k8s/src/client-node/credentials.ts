import type { RequestOptions } from "node:https"
import type { Clock } from "@argo-ts/kernel/clock"
import type { Credentials } from "./transport.js"

/** How long credentials are used before the kubeconfig is asked again: tokens in files rotate. */
const freshMs = 60_000

/** Credentials that are read when they are needed and used for a minute, unless reading failed or they are refused. */
export function cachedCredentials(
  server: string,
  clock: Pick<Clock, "now">,
  read: () => Promise<RequestOptions>,
): Credentials {
  let known: { readonly at: number; readonly options: Promise<RequestOptions> } | undefined
  return {
    server,
    options() {
      if (known !== undefined && clock.now() - known.at <= freshMs) return known.options
      const fresh = { at: clock.now(), options: read() }
      known = fresh
      // A plugin that failed once is asked again by the next request.
      fresh.options.catch(() => {
        if (known === fresh) known = undefined
      })
      return fresh.options
    },
    forget() {
      known = undefined
    },
  }
}

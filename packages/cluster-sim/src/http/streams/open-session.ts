import { ClusterError } from "@argo-ts/k8s"
import type { PodSession, PodSessions } from "../../controllers/kubelet/pod-sessions.js"
import type { UserInfo } from "../auth/user.js"
import { isOn } from "../request.js"
import { type Authorizer, demand } from "../reviews.js"
import type { Route } from "../route.js"
import { protocols } from "./channels.js"

/** Speaks to containers: a simulated cluster does. */
export type SessionOpener = Pick<PodSessions, "openExec" | "openAttach">

/** A request for a stream, before anything is streamed. */
export interface StreamRequest {
  readonly route: Route
  readonly query: URLSearchParams
  readonly user: UserInfo
}

/** Subresources of pods that are streams. */
export function isStream({ kind, subresource = "" }: Route): boolean {
  if (kind.group !== "" || kind.plural !== "pods") return false
  return ["exec", "attach", "portforward"].includes(subresource)
}

/** A stream that may be opened, and what its client wants of it. */
export interface OpenStream {
  readonly session: PodSession
  readonly hasInput: boolean
  readonly wants: { readonly stdout: boolean; readonly stderr: boolean }
}

const notForwarded =
  "portforward is not served over HTTP: ports of processes are ports of this machine, and portForward() of the cluster connects to them"

/** Why a stream cannot be had by a request that asks for no upgrade, or for one to what is not spoken here. */
export function upgradeRefusal(subresource: string, upgrade: string | undefined): ClusterError {
  if (subresource === "portforward") return new ClusterError("BadRequest", notForwarded)
  const served = `${subresource} is served over WebSocket (${protocols.join(", ")})`
  const message =
    upgrade === undefined
      ? `you must request an upgrade: ${served}`
      : `${served}, not over ${upgrade}; kubectl speaks it from 1.30 on, 1.29 with KUBECTL_REMOTE_COMMAND_WEBSOCKETS=true`
  return new ClusterError("BadRequest", message)
}

/** Opens what a request asks for. Refuses whoever may not, and what cannot be spoken to. */
export async function openStream(
  { route, query, user }: StreamRequest,
  authorizer: Authorizer,
  sessions: SessionOpener | undefined,
): Promise<OpenStream> {
  const { namespace = "", name = "", subresource = "" } = route
  const question = { verb: "create", group: "", resource: "pods", subresource, namespace, name }
  await demand(authorizer, user, question)
  if (subresource === "portforward") throw upgradeRefusal(subresource, undefined)
  if (sessions === undefined) {
    throw new ClusterError(
      "BadRequest",
      `${subresource} is not served: this server has no sessions`,
    )
  }
  if (isOn(query, "tty")) {
    throw new ClusterError("BadRequest", "there are no terminals here: ask without tty (-t)")
  }
  const container = query.get("container") ?? ""
  const target = { namespace, pod: name, ...(container === "" ? {} : { container }) }
  const hasInput = isOn(query, "stdin")
  const session =
    subresource === "exec"
      ? sessions.openExec(target, query.getAll("command"))
      : sessions.openAttach(target, { stdin: hasInput })
  const wants = { stdout: isOn(query, "stdout"), stderr: isOn(query, "stderr") }
  return { session, hasInput, wants }
}

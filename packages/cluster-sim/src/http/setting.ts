import type { ServerResponse } from "node:http"
import type { Cluster } from "@argo-ts/k8s"
import type { Clock } from "@argo-ts/kernel/clock"
import type { AuthenticationOptions, ImpersonationRule } from "./auth/authenticate.js"
import type { UserInfo } from "./auth/user.js"
import type { RequestNote } from "./instrumentation/request-metrics.js"
import type { ServerMetrics } from "./instrumentation/server-metrics.js"
import type { LogReader } from "./logs.js"
import type { OpenApiServer } from "./openapi/serve-openapi.js"
import type { ApiRequest } from "./request.js"
import type { Authorizer } from "./reviews.js"
import type { SessionOpener } from "./streams/open-session.js"

/** What one server answers with. */
export interface Setting {
  readonly clock: Pick<Clock, "now">
  /** The cluster as the server itself reads it, whoever asks. */
  readonly system: Cluster
  /** The cluster as a user sees it. */
  readonly clusterOf: (user: UserInfo) => Cluster
  readonly authentication: AuthenticationOptions
  readonly mayImpersonate: ImpersonationRule
  readonly authorizer: Authorizer
  readonly openApi: OpenApiServer
  readonly metrics: ServerMetrics
  readonly logs: LogReader | undefined
  readonly sessions: SessionOpener | undefined
  /** True where only this machine is answered. */
  readonly isLocal: boolean
}

/** One request as it is served. */
export interface Exchange {
  readonly setting: Setting
  readonly cluster: Cluster
  readonly user: UserInfo
  readonly request: ApiRequest
  /** What it is counted as is noted there. */
  readonly note: RequestNote
  readonly response: ServerResponse
}

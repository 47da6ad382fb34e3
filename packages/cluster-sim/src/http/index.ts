/**
 * The HTTP front end of a cluster: kubectl, client libraries and controllers talk to it as to any API server.
 *
 * @packageDocumentation
 */

export type { AccessDecision } from "../access/authorize.js"
export type { AccessQuestion } from "../access/policy-rule.js"
export type { UserInfo } from "./auth/user.js"
export type { LogReader } from "./logs.js"
export type { Authorizer } from "./reviews.js"
export { type ServedCluster, type ServeOptions, serveCluster } from "./serve.js"
export type { SessionOpener } from "./streams/open-session.js"

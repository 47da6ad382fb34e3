/**
 * The HTTP front end of a cluster: kubectl, client libraries and controllers talk to it as to any API server.
 *
 * @packageDocumentation
 */
export type { UserInfo } from "./auth/user.js"
export type { LogReader } from "./logs.js"
export type { AccessDecision, AccessQuestion, Authorizer } from "./reviews.js"
export { type ServedCluster, type ServeOptions, serveCluster } from "./serve.js"

/**
 * The `Cluster` port over a real Kubernetes API server. Needs the peer dependency `@kubernetes/client-node`, which is
 * loaded when a connection is made.
 *
 * @packageDocumentation
 */
export { type ClusterConnection, type ConnectOptions, connect } from "./connect.js"

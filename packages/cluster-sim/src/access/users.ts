import type { Cluster } from "@argo-ts/k8s"
import type { Server } from "../api/server.js"
import { type AccountTokens, createAccountTokens } from "../http/auth/account-tokens.js"
import { createPort, type Gate, type Identity } from "../port.js"
import type { WatchHub } from "../watch/hub.js"
import {
  type ClusterUser,
  createAccessGate,
  createAuthorizer,
  ensureBootstrapPolicy,
  userOf,
} from "./access.js"
import type { Aggregation } from "./aggregation.js"

/** Answers the cluster as a user sees it. */
export type AsUser = (
  user: ClusterUser,
  options?: { readonly impersonate?: ClusterUser },
) => Cluster

/** What of a cluster users are made of. */
export interface UserSurroundings {
  readonly server: Server
  readonly hub: WatchHub
  readonly aggregation: Aggregation
}

/** Who somebody is and what they may do, from the objects of a server. */
export function createIdentity(server: Server, cluster: Cluster): Identity {
  let accounts: AccountTokens | undefined
  return {
    authorizer: createAuthorizer(server),
    accounts() {
      accounts ??= createAccountTokens(cluster, server.now)
      return accounts
    },
  }
}

/** Clusters with the rights of a user, and the roles that every cluster begins with as soon as they are needed. */
export function createUsers(
  { server, hub, aggregation }: UserSurroundings,
  options: {
    readonly gate: Gate
    readonly identity: Identity
    readonly hasPolicy: boolean
    /** Puts around a port what goes wrong on the way. */
    readonly wrap: (cluster: Cluster) => Cluster
  },
): AsUser {
  const { gate, identity, wrap } = options
  let hasPolicy = false
  const ensurePolicy = (): void => {
    if (hasPolicy) return
    hasPolicy = true
    ensureBootstrapPolicy(server)
    aggregation.settle()
  }
  if (options.hasPolicy) ensurePolicy()
  return (user, { impersonate } = {}) => {
    ensurePolicy()
    const who = userOf(user)
    const acting = impersonate === undefined ? undefined : userOf(impersonate)
    const access = createAccessGate(server, who, acting)
    const guarded: Gate = (request) => {
      access(request)
      gate(request)
    }
    return wrap(createPort(server, hub, { gate: guarded, user: acting ?? who, identity }))
  }
}

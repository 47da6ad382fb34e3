import type { IncomingMessage } from "node:http"
import type { PeerCertificate, TLSSocket } from "node:tls"
import { ClusterError } from "@argo-ts/k8s"
import type { AccountTokens } from "./account-tokens.js"
import { administrator, anonymous, authenticated, mastersGroup, type UserInfo } from "./user.js"

/** How a server learns who asks. */
export interface AuthenticationOptions {
  /** Whom requests without credentials come from; absent: they are refused. */
  readonly unnamed: "administrator" | "anonymous" | "refused"
  /** Checks bearer tokens, whosever they are, and issues those of service accounts. */
  readonly accounts: AccountTokens
}

function unauthorized(): ClusterError {
  return new ClusterError("Unauthorized", "Unauthorized")
}

function listed(value: string | string[] | undefined): readonly string[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}

/** Who a client certificate names; undefined where none was shown. One that this server did not sign is refused. */
function certified(request: IncomingMessage): UserInfo | undefined {
  const socket = request.socket as Partial<TLSSocket>
  if (socket.getPeerCertificate === undefined) return undefined
  const certificate: Partial<PeerCertificate> = socket.getPeerCertificate()
  const subject = certificate.subject as
    | { readonly CN?: string | string[]; readonly O?: string | string[] }
    | undefined
  if (subject === undefined) return undefined
  const username = listed(subject.CN)[0]
  if (socket.authorized !== true || username === undefined) throw unauthorized()
  return authenticated({ username, groups: listed(subject.O) })
}

async function bearer(
  request: IncomingMessage,
  { accounts }: AuthenticationOptions,
): Promise<UserInfo | undefined> {
  const { authorization } = request.headers
  // Whoever says who they are in another way says nothing here.
  const token = /^\s*Bearer (\S+)/i.exec(authorization ?? "")?.[1]
  if (token === undefined) return undefined
  const checked = await accounts.check(token)
  if (checked === undefined) throw unauthorized()
  return checked.user
}

/** Everything of the headers `Impersonate-Extra-…`. */
function impersonatedExtra(request: IncomingMessage): { readonly [key: string]: string[] } {
  const prefix = "impersonate-extra-"
  return Object.fromEntries(
    Object.entries(request.headersDistinct)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, values]) => [decodeURIComponent(name.slice(prefix.length)), values ?? []]),
  )
}

/** Decides whether a user may act as another. */
export type ImpersonationRule = (user: UserInfo, wanted: UserInfo) => Promise<void>

/** Administrators may act as anybody, nobody else may. */
export const mastersImpersonate: ImpersonationRule = async (user, wanted) => {
  if (user.groups.includes(mastersGroup)) return
  throw new ClusterError(
    "Forbidden",
    `users "${wanted.username}" is forbidden: User "${user.username}" cannot impersonate resource "users" in API group "" at the cluster scope`,
    { name: wanted.username, kind: "users" },
  )
}

/** Whom the headers `Impersonate-…` name; undefined where they name nobody. */
export function impersonated(request: IncomingMessage): UserInfo | undefined {
  const headers = request.headersDistinct
  const [username] = headers["impersonate-user"] ?? []
  const groups = headers["impersonate-group"] ?? []
  const [uid] = headers["impersonate-uid"] ?? []
  const extra = impersonatedExtra(request)
  if (username === undefined) {
    if (groups.length === 0 && uid === undefined && Object.keys(extra).length === 0)
      return undefined
    throw new ClusterError(
      "InternalError",
      "requested groups, uid or extra without impersonating a user",
    )
  }
  const isAnonymous = username === anonymous.username
  const wanted: UserInfo = {
    username,
    groups,
    ...(uid !== undefined && { uid }),
    ...(Object.keys(extra).length > 0 && { extra }),
  }
  return isAnonymous ? { ...wanted, groups: anonymous.groups } : authenticated(wanted)
}

/**
 * Tells who asks: by client certificate, then by bearer token, else nobody. Rejects as `Unauthorized` what claims to be
 * somebody and is not, and what claims nothing where that is refused.
 */
export async function authenticate(
  request: IncomingMessage,
  options: AuthenticationOptions,
): Promise<UserInfo> {
  const known = certified(request) ?? (await bearer(request, options))
  if (known !== undefined) return known
  if (options.unnamed === "administrator") return administrator
  if (options.unnamed === "anonymous") return anonymous
  throw unauthorized()
}

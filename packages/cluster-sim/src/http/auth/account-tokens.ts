import {
  createHash,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
  verify,
} from "node:crypto"
import { type Cluster, ClusterError } from "@argo-ts/k8s"
import { epochMs, formatInstant, isJsonObject, type JsonObject, type Kind } from "@argo-ts/kernel"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { at, countAt, textAt, textsAt } from "../reading.js"
import { authenticated, type UserInfo } from "./user.js"

/** Tokens of service accounts: JWTs that one server signs and only it accepts. */
export interface AccountTokens {
  /** Answers `POST …/serviceaccounts/NAME/token`. Refuses unknown accounts and lives under ten minutes. */
  issue(
    key: { readonly namespace: string; readonly name: string },
    body: JsonObject,
  ): Promise<JsonObject>
  /** Whose a token is; undefined where it is none, is too old, or names what is gone. */
  check(token: string, audiences?: readonly string[]): Promise<CheckedToken | undefined>
  /** The public key, as `/openid/v1/jwks` publishes it. */
  readonly keys: JsonObject
}

/** A token that holds. */
export interface CheckedToken {
  readonly user: UserInfo
  /** The audiences that the token and the question share. */
  readonly audiences: readonly string[]
}

/** Who issues the tokens, and whom they are for where nobody says. */
export const issuer = "https://kubernetes.default.svc"
const [shortestSeconds, usualSeconds, longestSeconds] = [600, 3600, 2 ** 32]
const serviceAccounts = builtInKind("v1", "ServiceAccount") as Kind
/** What a token may be bound to: it ends with it. */
const bindable: ReadonlyMap<string, Kind> = new Map(
  ["Pod", "Secret", "Node"].map((kind) => [kind, builtInKind("v1", kind) as Kind]),
)

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url")
}

function decoded(part: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"))
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function notFound(plural: string, name: string): ClusterError {
  return new ClusterError("NotFound", `${plural} "${name}" not found`, { name, kind: plural })
}

interface Bound {
  readonly kind: string
  readonly name: string
  readonly uid: string
}

async function uidOf(
  cluster: Cluster,
  kind: Kind,
  key: { readonly namespace: string; readonly name: string },
): Promise<string | undefined> {
  const place = kind.scope === "Namespaced" ? key : { name: key.name }
  return (await cluster.get(kind, place))?.metadata.uid
}

async function boundOf(
  cluster: Cluster,
  namespace: string,
  body: JsonObject,
): Promise<Bound | undefined> {
  const reference = at(body, "spec", "boundObjectRef")
  if (reference === undefined || reference === null) return undefined
  const [kind, name] = [textAt(reference, ["kind"]), textAt(reference, ["name"])]
  const known = bindable.get(kind)
  if (known === undefined) {
    throw new ClusterError(
      "BadRequest",
      `cannot bind token for serviceaccount to object of type ${kind}`,
    )
  }
  const uid = await uidOf(cluster, known, { namespace, name })
  if (uid === undefined) throw notFound(known.plural, name)
  return { kind, name, uid }
}

function refusal(field: string, reason: string): ClusterError {
  return new ClusterError(
    "Invalid",
    `TokenRequest.authentication.k8s.io "" is invalid: ${field}: ${reason}`,
    {
      group: "authentication.k8s.io",
      kind: "TokenRequest",
      causes: [{ reason: "FieldValueInvalid", message: reason, field }],
    },
  )
}

function lifeOf(body: JsonObject): number {
  const seconds = countAt(body, "spec", "expirationSeconds") || usualSeconds
  const why =
    seconds < shortestSeconds
      ? "may not specify a duration less than 10 minutes"
      : seconds > longestSeconds
        ? "may not specify a duration larger than 2^32 seconds"
        : undefined
  if (why === undefined) return seconds
  throw refusal("spec.expirationSeconds", `Invalid value: ${seconds}: ${why}`)
}

/** A request that says whose token it is to be says the account of its path. */
function checkOwner(
  body: JsonObject,
  owner: { readonly name: string; readonly namespace: string },
): void {
  for (const part of ["name", "namespace"] as const) {
    const given = textAt(body, ["metadata", part], owner[part])
    if (given === owner[part]) continue
    const why = `must match the service account ${part} if specified`
    throw refusal(`metadata.${part}`, `Invalid value: ${JSON.stringify(given)}: ${why}`)
  }
}

function audiencesOf(body: JsonObject): readonly string[] {
  const asked = textsAt(body, "spec", "audiences")
  return asked.length > 0 ? asked : [issuer]
}

/** True where the object that a claim names still is the one that it was. */
async function lives(
  cluster: Cluster,
  kind: Kind,
  [namespace, claim]: readonly [string, JsonObject],
): Promise<boolean> {
  const uid = await uidOf(cluster, kind, { namespace, name: textAt(claim, ["name"]) })
  return uid !== undefined && uid === textAt(claim, ["uid"])
}

async function userOf(cluster: Cluster, claims: JsonObject): Promise<UserInfo | undefined> {
  const own = at(claims, "kubernetes.io")
  const namespace = textAt(own, ["namespace"])
  const account = at(own, "serviceaccount")
  if (account === undefined || !isJsonObject(account)) return undefined
  if (!(await lives(cluster, serviceAccounts, [namespace, account]))) return undefined
  for (const kind of bindable.values()) {
    const bound = at(own, kind.kind.toLowerCase())
    if (bound === undefined || !isJsonObject(bound)) continue
    if (!(await lives(cluster, kind, [namespace, bound]))) return undefined
  }
  const username = `system:serviceaccount:${namespace}:${textAt(account, ["name"])}`
  return authenticated({ username, uid: textAt(account, ["uid"]), groups: [] })
}

const algorithm = "RS256"

interface Signer {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly jwk: JsonObject
  readonly keyId: string
}

function createSigner(): Signer {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
  const { kty = "", n = "", e = "" } = publicKey.export({ format: "jwk" })
  const keyId = createHash("sha256").update(n).digest("base64url")
  return {
    privateKey,
    publicKey,
    keyId,
    jwk: { use: "sig", kty, kid: keyId, alg: algorithm, n, e },
  }
}

/** Tokens of the service accounts of a cluster, signed with a new key (RS256). Times are of `now`. */
export function createAccountTokens(cluster: Cluster, now: () => number): AccountTokens {
  // Made when first needed: that takes a tenth of a second, and most clusters issue no token.
  let made: Signer | undefined
  const signer = (): Signer => {
    made ??= createSigner()
    return made
  }
  return {
    get keys() {
      return { keys: [signer().jwk] }
    },
    async issue({ namespace, name }, body) {
      const account = await cluster.get(serviceAccounts, { namespace, name })
      if (account === undefined) throw notFound("serviceaccounts", name)
      checkOwner(body, { name, namespace })
      const seconds = lifeOf(body)
      const bound = await boundOf(cluster, namespace, body)
      const audiences = audiencesOf(body)
      const issued = Math.floor(now() / 1000)
      const claims = {
        aud: audiences,
        exp: issued + seconds,
        iat: issued,
        iss: issuer,
        jti: randomUUID(),
        "kubernetes.io": {
          namespace,
          ...(bound && { [bound.kind.toLowerCase()]: { name: bound.name, uid: bound.uid } }),
          serviceaccount: { name, uid: account.metadata.uid },
        },
        nbf: issued,
        sub: `system:serviceaccount:${namespace}:${name}`,
      }
      const { privateKey, keyId } = signer()
      const unsigned = `${encoded({ alg: algorithm, kid: keyId })}.${encoded(claims)}`
      const signature = sign("sha256", Buffer.from(unsigned), privateKey).toString("base64url")
      const creationTimestamp = formatInstant(epochMs(issued * 1000))
      return {
        ...body,
        kind: "TokenRequest",
        apiVersion: "authentication.k8s.io/v1",
        metadata: { name, namespace, creationTimestamp },
        spec: {
          audiences,
          expirationSeconds: seconds,
          boundObjectRef: at(body, "spec", "boundObjectRef") ?? null,
        },
        status: {
          token: `${unsigned}.${signature}`,
          expirationTimestamp: formatInstant(epochMs((issued + seconds) * 1000)),
        },
      }
    },
    async check(token, wanted = [issuer]) {
      const [head = "", body = "", signature = "", ...more] = token.split(".")
      // Before anything was signed here, nothing was signed by us.
      if (made === undefined || more.length > 0) return undefined
      if (textAt(decoded(head), ["alg"]) !== algorithm) return undefined
      const signed = Buffer.from(`${head}.${body}`)
      if (!verify("sha256", signed, made.publicKey, Buffer.from(signature, "base64url"))) {
        return undefined
      }
      const claims = decoded(body)
      const seconds = now() / 1000
      if (seconds >= countAt(claims, "exp") || seconds < countAt(claims, "nbf")) return undefined
      const audiences = textsAt(claims, "aud").filter((each) => wanted.includes(each))
      if (claims === undefined || audiences.length === 0) return undefined
      const user = await userOf(cluster, claims)
      return user === undefined ? undefined : { user, audiences }
    },
  }
}

/** Tokens of accounts, and those of users that a server knows besides: these are good where the server itself is. */
export function withKnownTokens(
  accounts: AccountTokens,
  tokens: { readonly [token: string]: UserInfo },
): AccountTokens {
  return {
    get keys() {
      return accounts.keys
    },
    issue: accounts.issue,
    async check(token, wanted = [issuer]) {
      const known = Object.hasOwn(tokens, token) ? tokens[token] : undefined
      if (known === undefined) return accounts.check(token, wanted)
      const audiences = wanted.filter((each) => each === issuer)
      return audiences.length === 0 ? undefined : { user: authenticated(known), audiences }
    },
  }
}

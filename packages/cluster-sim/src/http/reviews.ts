import { createHmac, randomBytes } from "node:crypto"
import { type Cluster, ClusterError } from "@argo-ts/k8s"
import { epochMs, formatInstant, type JsonObject } from "@argo-ts/kernel"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { at, countAt, textAt } from "./reading.js"

/** Who asks: without authentication everybody on this machine is the administrator. */
const administrator = {
  username: "system:admin",
  groups: ["system:masters", "system:authenticated"],
}

/** Answers to questions that are posted and never stored; undefined for other paths. */
export function answerReview(path: string, body: JsonObject): JsonObject | undefined {
  switch (path) {
    case "/apis/authentication.k8s.io/v1/selfsubjectreviews":
      return { ...body, metadata: {}, status: { userInfo: administrator } }
    case "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews":
      return {
        ...body,
        metadata: {},
        status: { allowed: true, reason: "everybody on this machine is an administrator" },
      }
    case "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews":
      return {
        ...body,
        metadata: {},
        status: {
          resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }],
          nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
          incomplete: false,
        },
      }
    default:
      return undefined
  }
}

const secret = randomBytes(32)
const serviceAccounts = builtInKind("v1", "ServiceAccount")
const [shortest, usual] = [600, 3600]

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url")
}

/** `POST …/serviceaccounts/NAME/token`: a token that names the account, signed by this server. */
export async function issueToken(
  cluster: Cluster,
  key: { readonly namespace: string; readonly name: string },
  { body, now }: { readonly body: JsonObject; readonly now: number },
): Promise<JsonObject> {
  const { namespace, name } = key
  const account =
    serviceAccounts === undefined ? undefined : await cluster.get(serviceAccounts, key)
  if (account === undefined) {
    throw new ClusterError("NotFound", `serviceaccounts "${name}" not found`, {
      name,
      kind: "serviceaccounts",
    })
  }
  const seconds = countAt(body, "spec", "expirationSeconds") || usual
  if (seconds < shortest) {
    const message = `TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: ${seconds}: may not specify a duration less than 10 minutes`
    throw new ClusterError("Invalid", message)
  }
  const issued = Math.floor(now / 1000)
  const claims = {
    iss: "https://kubernetes.default.svc",
    sub: `system:serviceaccount:${namespace}:${name}`,
    aud: at(body, "spec", "audiences") ?? ["https://kubernetes.default.svc"],
    iat: issued,
    nbf: issued,
    exp: issued + seconds,
    "kubernetes.io": { namespace, serviceaccount: { name, uid: account.metadata.uid } },
  }
  const unsigned = `${encoded({ alg: "HS256", typ: "JWT" })}.${encoded(claims)}`
  const signature = createHmac("sha256", secret).update(unsigned).digest("base64url")
  return {
    ...body,
    kind: "TokenRequest",
    apiVersion: "authentication.k8s.io/v1",
    metadata: {
      name,
      namespace,
      creationTimestamp: textAt(account as unknown as JsonObject, [
        "metadata",
        "creationTimestamp",
      ]),
    },
    status: {
      token: `${unsigned}.${signature}`,
      expirationTimestamp: formatInstant(epochMs((issued + seconds) * 1000)),
    },
  }
}

import { createClusterSim } from "@argo-ts/cluster-sim"
import { serveCluster } from "@argo-ts/cluster-sim/http"
import { systemClock } from "@argo-ts/kernel/clock"
import { GetObjectCommand } from "@aws-sdk/client-s3"
import { expect, test } from "vitest"
import type { S3Artifact } from "../src/api/artifact.js"
import { createBuckets } from "../src/s3/client.js"

process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true"

const keys: Pick<S3Artifact, "accessKeySecret" | "secretKeySecret"> = {
  accessKeySecret: { name: "s3", key: "access" },
  secretKeySecret: { name: "s3", key: "secret" },
}
const secret = async (_namespace: string, _name: string, key: string) => key

interface Sent {
  readonly hostname: string
  readonly path: string
  readonly protocol: string
}

/** Where a request for the object `k` would go. Nothing is sent. */
async function requestOf(location: S3Artifact): Promise<Sent> {
  const buckets = createBuckets({ secret })
  const { client, name } = await buckets({ bucket: "shop", ...keys, ...location }, "team")
  let sent: Sent | undefined
  client.middlewareStack.add(
    () => async (given) => {
      sent = given.request as Sent
      throw new Error("not sent")
    },
    { step: "finalizeRequest", priority: "high" },
  )
  await client.send(new GetObjectCommand({ Bucket: name, Key: "k" })).catch(() => undefined)
  if (sent === undefined) throw new Error("no request was made")
  const { hostname, path, protocol } = sent
  return { hostname, path, protocol }
}

test.each<[S3Artifact, string, string]>([
  [{}, "shop.s3.us-east-1.amazonaws.com", "/k"],
  [{ region: "eu-west-1" }, "shop.s3.eu-west-1.amazonaws.com", "/k"],
  [{ addressingStyle: "auto" }, "shop.s3.us-east-1.amazonaws.com", "/k"],
  [{ addressingStyle: "path" }, "s3.us-east-1.amazonaws.com", "/shop/k"],
  [{ endpoint: "minio:9000" }, "minio", "/shop/k"],
  [{ endpoint: "minio:9000", addressingStyle: "path" }, "minio", "/shop/k"],
  [{ endpoint: "minio:9000", addressingStyle: "virtual-hosted" }, "shop.minio", "/k"],
])("%j is asked at %s", async (location, hostname, path) => {
  expect(await requestOf(location)).toEqual({ hostname, path, protocol: "https:" })
})

test("plain HTTP only where the location says insecure", async () => {
  const location = { endpoint: "minio:9000" }
  expect((await requestOf({ ...location, insecure: true })).protocol).toBe("http:")
  expect((await requestOf({ ...location, insecure: false })).protocol).toBe("https:")
})

test("a server whose authority is the Secret's is trusted, any other is not", async () => {
  const sim = createClusterSim({ clock: systemClock() })
  const served = await serveCluster({ cluster: sim.cluster, clock: systemClock() })
  try {
    const parsed = JSON.parse(served.kubeconfig) as {
      readonly clusters: readonly { readonly cluster: { readonly [field: string]: string } }[]
    }
    const field = (name: string): string => parsed.clusters[0]?.cluster[name] ?? ""
    const endpoint = new URL(field("server")).host
    const pem = Buffer.from(field("certificate-authority-data"), "base64").toString()
    const read = async (_namespace: string, _name: string, key: string) =>
      key === "ca" ? pem : key
    const buckets = createBuckets({ secret: read })
    const ask = async (location: S3Artifact): Promise<Error> => {
      const { client, name } = await buckets({ bucket: "b", endpoint, ...keys, ...location }, "t")
      return client.send(new GetObjectCommand({ Bucket: name, Key: "k" })).then(
        () => new Error("answered"),
        (error: Error) => error,
      )
    }
    const trusted = (await ask({ caSecret: { name: "tls", key: "ca" } })) as Error & {
      readonly $metadata?: { readonly httpStatusCode?: number }
    }
    // It is no S3, but it was spoken to.
    expect(trusted.$metadata?.httpStatusCode).toBeGreaterThanOrEqual(400)
    expect((await ask({})).message).toMatch(/certificate/)
  } finally {
    await served.close()
    sim.close()
  }
}, 30_000)

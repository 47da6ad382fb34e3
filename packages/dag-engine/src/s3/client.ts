import { Agent } from "node:https"
import { type Addresses, OperationError, resolveAddress } from "@argo-ts/kernel"
import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3"
import type { S3Artifact, SecretKeyRef } from "../api/artifact.js"
import { type ReadSecret, readSecretKey } from "../executors/secrets.js"

/** How S3 is reached. */
export interface S3Options {
  /** Reads the Secrets that locations name. Default: there are none. */
  readonly secret?: ReadSecret
  /**
   * Takes on the role that `roleARN` names, with the credentials of the location where it has some: for example by
   * `fromTemporaryCredentials` of `@aws-sdk/credential-providers`. Default: such a location is refused as `NoRole`.
   */
  readonly role?: (arn: string, own: S3Credentials | undefined) => S3CredentialProvider
  /** Where the addresses that manifests name are reached. Default: where they say. */
  readonly addresses?: Addresses
  /** Files beyond so many bytes go up in parts of that size. S3 wants at least 5 MiB. Default 64 MiB. */
  readonly partBytes?: number
}

/** Who speaks to S3. */
export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** Gives credentials, anew where they have expired. */
export type S3CredentialProvider = () => Promise<S3Credentials & { readonly expiration?: Date }>

/** Where a bucket is, and how it is spoken to. */
export interface Bucket {
  readonly client: S3Client
  readonly name: string
  /** What every request for an object carries: the customer's key, where there is one. */
  readonly customerKey: CustomerKey | object
}

/** Headers of encryption with a key of the customer's. */
export interface CustomerKey {
  readonly SSECustomerAlgorithm: "AES256"
  readonly SSECustomerKey: string
}

const amazon = "s3.amazonaws.com"
const regionDefault = "us-east-1"

/** Opens buckets; one client for all locations that are reached in the same way. */
export function createBuckets(
  options: S3Options,
): (location: S3Artifact, namespace: string) => Promise<Bucket> {
  const clients = new Map<string, S3Client>()
  const { secret = () => Promise.resolve(undefined), addresses = {} } = options
  return async (location, namespace) => {
    const read = (ref: SecretKeyRef | undefined): Promise<string | undefined> =>
      readSecretKey(secret, namespace, ref)
    const { bucket = "", encryptionOptions } = location
    const accessKeyId = await read(location.accessKeySecret)
    const secretAccessKey = await read(location.secretKeySecret)
    const sessionToken = await read(location.sessionTokenSecret)
    const ca = await read(location.caSecret)
    const customer = await read(encryptionOptions?.serverSideCustomerKeySecret)
    const address = addressOf(location, addresses)
    const region = location.region ?? regionDefault
    const identity = [address, region, isPathStyle(location), accessKeyId, secretAccessKey]
    const key = JSON.stringify([...identity, sessionToken, ca, location.roleARN])
    let client = clients.get(key)
    if (client === undefined) {
      const own =
        location.useSDKCreds === true || accessKeyId === undefined
          ? undefined
          : {
              accessKeyId,
              secretAccessKey: secretAccessKey ?? "",
              ...(sessionToken === undefined ? {} : { sessionToken }),
            }
      const credentials = credentialsOf(location, own, options)
      client = new S3Client({
        region,
        ...(address === undefined ? {} : { endpoint: address }),
        forcePathStyle: isPathStyle(location),
        // Stores that only resemble S3 do not know the newer checksums.
        requestChecksumCalculation: "WHEN_REQUIRED",
        responseChecksumValidation: "WHEN_REQUIRED",
        ...(credentials === undefined ? {} : { credentials }),
        ...(ca === undefined ? {} : { requestHandler: { httpsAgent: new Agent({ ca }) } }),
      } as S3ClientConfig)
      clients.set(key, client)
    }
    const customerKey =
      customer === undefined
        ? {}
        : { SSECustomerAlgorithm: "AES256" as const, SSECustomerKey: customer }
    return { client, name: bucket, customerKey }
  }
}

/** `undefined`: the SDK looks for some itself. */
function credentialsOf(
  { roleARN }: S3Artifact,
  own: S3Credentials | undefined,
  { role }: S3Options,
): S3Credentials | S3CredentialProvider | undefined {
  if (roleARN === undefined || roleARN === "") return own
  if (role !== undefined) return role(roleARN, own)
  throw new OperationError(
    `the location takes on the role ${roleARN}, and s3Artifacts was given no option role that does so`,
    { code: "NoRole", retryable: false },
  )
}

function addressOf(location: S3Artifact, addresses: Addresses): string | undefined {
  const { endpoint = amazon, insecure } = location
  if (endpoint === amazon) return undefined
  const scheme = insecure === true ? "http" : "https"
  const url = endpoint.includes("://") ? endpoint : `${scheme}://${endpoint}`
  return resolveAddress(addresses, url)
}

function isPathStyle({ addressingStyle = "auto", endpoint = amazon }: S3Artifact): boolean {
  if (addressingStyle === "path") return true
  if (addressingStyle === "virtual-hosted" || addressingStyle === "virtual") return false
  return !endpoint.endsWith("amazonaws.com")
}

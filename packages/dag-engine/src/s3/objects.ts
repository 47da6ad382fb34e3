import { createWriteStream } from "node:fs"
import { mkdir, open, stat } from "node:fs/promises"
import { dirname } from "node:path"
import type { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { OperationError } from "@argo-ts/kernel"
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3ServiceException,
  UploadPartCommand,
} from "@aws-sdk/client-s3"
import type { S3Artifact } from "../api/artifact.js"
import { readAnnounced } from "../artifacts/announced.js"
import type { Bucket } from "./client.js"

const absent: ReadonlySet<string> = new Set(["NoSuchKey", "NotFound"])
const bucketThere: ReadonlySet<string> = new Set(["BucketAlreadyOwnedByYou", "BucketAlreadyExists"])

/** Says what a request to S3 was for, where it fails. */
export async function named<T>(what: string, { name }: Bucket, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof OperationError) throw cause
    const isAnswer = cause instanceof S3ServiceException
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
    const status = isAnswer ? (cause.$metadata.httpStatusCode ?? 0) : 0
    throw new OperationError(`S3 bucket "${name}": ${what}: ${reason}`, {
      code: isAnswer ? cause.name : "Unreachable",
      retryable: !isAnswer || status >= 500 || status === 429,
      cause,
    })
  }
}

/** Copies an object to a file. False where it is not there. */
export async function download(bucket: Bucket, key: string, file: string): Promise<boolean> {
  return named(`get "${key}"`, bucket, async () => {
    const { client, name, customerKey } = bucket
    try {
      const answer = await client.send(
        new GetObjectCommand({ Bucket: name, Key: key, ...customerKey }),
      )
      await mkdir(dirname(file), { recursive: true })
      await pipeline(answer.Body as Readable, createWriteStream(file))
      return true
    } catch (error) {
      if (error instanceof S3ServiceException && absent.has(error.name)) return false
      throw error
    }
  })
}

/** Keys that begin with `prefix`, sorted as S3 sorts them. */
export async function listKeys(bucket: Bucket, prefix: string): Promise<readonly string[]> {
  return named(`list "${prefix}"`, bucket, async () => {
    const { client, name } = bucket
    const keys: string[] = []
    for (let token: string | undefined, isMore = true; isMore; ) {
      const page = await client.send(
        new ListObjectsV2Command({
          Bucket: name,
          Prefix: prefix,
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
      )
      for (const { Key } of page.Contents ?? []) if (Key !== undefined) keys.push(Key)
      token = page.NextContinuationToken
      isMore = page.IsTruncated === true && token !== undefined
    }
    return keys
  })
}

/** Deletes an object. */
export async function remove(bucket: Bucket, key: string): Promise<void> {
  const { client, name } = bucket
  await named(`delete "${key}"`, bucket, () =>
    client.send(new DeleteObjectCommand({ Bucket: name, Key: key })),
  )
}

/** Makes the bucket, unless it is there. */
export async function makeBucket(bucket: Bucket, location: S3Artifact): Promise<void> {
  const { client, name } = bucket
  const isLocking = location.createBucketIfNotPresent?.objectLocking === true
  await named("create", bucket, async () => {
    try {
      await client.send(
        new CreateBucketCommand({
          Bucket: name,
          ...(isLocking ? { ObjectLockEnabledForBucket: true } : {}),
        }),
      )
    } catch (error) {
      if (!(error instanceof S3ServiceException && bucketThere.has(error.name))) throw error
    }
  })
}

/** What a location says about encryption by the server. */
function encryptionOf({ encryptionOptions }: S3Artifact): object {
  const { enableEncryption, kmsKeyId, kmsEncryptionContext } = encryptionOptions ?? {}
  if (enableEncryption !== true) return {}
  if (kmsKeyId === undefined) return { ServerSideEncryption: "AES256" }
  const context =
    kmsEncryptionContext === undefined
      ? {}
      : { SSEKMSEncryptionContext: Buffer.from(kmsEncryptionContext).toString("base64") }
  return { ServerSideEncryption: "aws:kms", SSEKMSKeyId: kmsKeyId, ...context }
}

/** Stores a file as an object: in one piece, or in parts where it is large. */
export async function upload(
  bucket: Bucket,
  location: S3Artifact,
  {
    key,
    file,
    partBytes,
  }: { readonly key: string; readonly file: string; readonly partBytes: number },
): Promise<void> {
  const { size } = await stat(file)
  const headers = { ...bucket.customerKey, ...encryptionOf(location) }
  await named(`put "${key}"`, bucket, async () => {
    if (size > partBytes) return uploadParts(bucket, { key, file, partBytes, size, headers })
    await bucket.client.send(
      new PutObjectCommand({
        Bucket: bucket.name,
        Key: key,
        Body: readAnnounced(file, size),
        ContentLength: size,
        ...headers,
      }),
    )
  })
}

interface PartedUpload {
  readonly key: string
  readonly file: string
  readonly partBytes: number
  readonly size: number
  readonly headers: object
}

async function uploadParts(
  { client, name, customerKey }: Bucket,
  { key, file, partBytes, size, headers }: PartedUpload,
): Promise<void> {
  const place = { Bucket: name, Key: key }
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...place, ...headers }))
  const handle = await open(file, "r")
  try {
    const parts: { readonly ETag: string | undefined; readonly PartNumber: number }[] = []
    for (let offset = 0; offset < size; offset += partBytes) {
      const length = Math.min(partBytes, size - offset)
      const { buffer } = await handle.read(Buffer.alloc(length), 0, length, offset)
      const PartNumber = parts.length + 1
      const { ETag } = await client.send(
        new UploadPartCommand({ ...place, UploadId, PartNumber, Body: buffer, ...customerKey }),
      )
      parts.push({ ETag, PartNumber })
    }
    await client.send(
      new CompleteMultipartUploadCommand({
        ...place,
        UploadId,
        MultipartUpload: { Parts: parts as { ETag: string; PartNumber: number }[] },
      }),
    )
  } catch (error) {
    await client
      .send(new AbortMultipartUploadCommand({ ...place, UploadId }))
      .catch(() => undefined)
    throw error
  } finally {
    await handle.close()
  }
}
